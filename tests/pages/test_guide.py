"""The guide of each page leads to its lesson."""

from ui.guide import LESSONS
from ui.learn.lessons import LESSONS as ALL


def test_every_page_s_lesson_is_one_and_is_called_what_the_guide_says():
    titles = {lesson.key: lesson.title for lesson in ALL}
    assert all(titles[key] == title for key, title in LESSONS.values())


def test_the_guide_of_explore_links_to_the_first_lesson(open_app):
    (link,) = open_app().get("page_link")
    assert link.proto.page == "learn"
    assert link.proto.query_string == "lesson=autoencoder"
