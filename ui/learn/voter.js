// The browser keeps who it votes as until it is closed: a link that is opened again brings no
// second vote. Nothing but a number made by chance is kept, and only this server is told.

export default function ({ data }) {
  document.cookie = `${data.name}=${data.voter}; path=/; SameSite=Strict`;
}
