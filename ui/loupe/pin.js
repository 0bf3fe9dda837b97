export default ({ data, parentElement: host, setTriggerValue }) => {
  window.latentPin = data;
  document.dispatchEvent(new Event('latent-pinned'));
  document.removeEventListener('latent-pick', host.pick);
  host.pick = (event) => setTriggerValue('pick', event.detail);
  document.addEventListener('latent-pick', host.pick);
  return () => document.removeEventListener('latent-pick', host.pick);
};
