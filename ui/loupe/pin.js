export default (pin) => {
  window.latentPin = pin;
  document.dispatchEvent(new Event('latent-pinned'));
};
