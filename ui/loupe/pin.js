// Tells the marker what is pinned, and the server what was picked. Sent again with every click,
// so it is short. The function is called for every change; only its last cleanup is run.
export default ({ data, parentElement: host, setTriggerValue }) => {
  window.latentPin = data;
  document.dispatchEvent(new Event('latent-pinned'));
  document.removeEventListener('latent-pick', host.pick);
  host.pick = (event) => setTriggerValue('pick', event.detail);
  document.addEventListener('latent-pick', host.pick);
  return () => document.removeEventListener('latent-pick', host.pick);
};
