export default ({ data }) => {
  window.latentPin = data;
  document.dispatchEvent(new Event('latent-pinned'));
};
