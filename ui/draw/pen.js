export default (pen) => { window.latentPen = pen; };
