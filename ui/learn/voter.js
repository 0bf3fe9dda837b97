// The browser keeps a number, made by chance, as which it votes, until it is closed: a link that is
// opened again brings no second vote. Two tabs that are opened at once are still two voters.

export default function ({ data }) {
  if (document.cookie.includes(`${data.name}=`)) return;
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = `${data.name}=${data.voter}; path=/; SameSite=Strict${secure}`;
}
