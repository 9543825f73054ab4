// A blur from the 25 bytes of a ThumbHash: the way back of gallery/imaging/placeholder.py.
//
// Which says what the bytes mean. A channel is its mean and a few cosine waves, of which half is
// known: those below the diagonal, row by row, in four bits each.

const LONG_SIDE = 32; // pixels; the browser enlarges them smoothly
// Four bits dampen colours, which the format's other readers make up for as much.
const SATURATION = 1.25;

/** Return the URL of a small picture, `data:`, for a hash in base64. */
export function blurOf(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const { across, down, channels } = read(bytes);
  const scale = LONG_SIDE / Math.max(across, down);
  const [width, height] = [Math.round(across * scale), Math.round(down * scale)];
  const [light, yellow, pink, alpha] = channels.map((each) => sampled(each, width, height));
  const pixels = new Uint8ClampedArray(4 * width * height);
  for (let at = 0; at < width * height; at += 1) {
    const blue = light[at] - (2 / 3) * yellow[at];
    const red = (3 * light[at] - blue + pink[at]) / 2;
    const colour = [red, red - pink[at], blue, alpha ? alpha[at] : 1];
    pixels.set(colour.map((value) => Math.round(255 * value)), 4 * at);
  }
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas.toDataURL();
}

function read(bytes) {
  const head = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
  const tail = bytes[3] | (bytes[4] << 8);
  const hasAlpha = head >> 23;
  const most = hasAlpha ? 5 : 7;
  const [across, down] = tail >> 15 ? [most, tail & 7] : [tail & 7, most];
  const nibbles = [...bytes.subarray(5)].flatMap((byte) => [byte & 15, byte >> 4]).values();
  const nibble = () => nibbles.next().value / 15;
  const signed = (bits) => (bits & 63) / 31.5 - 1;
  const opaque = hasAlpha && { mean: nibble(), scale: nibble() };
  const channel = (mean, scale, columns, rows) => {
    const waves = [];
    for (let row = 0; row < rows; row += 1) {
      for (let column = row ? 0 : 1; column * rows < columns * (rows - row); column += 1) {
        waves.push({ column, row, strength: scale * (2 * nibble() - 1) });
      }
    }
    return { mean, waves };
  };
  const channels = [
    channel((head & 63) / 63, ((head >> 18) & 31) / 31, Math.max(3, across), Math.max(3, down)),
    channel(signed(head >> 6), (SATURATION * ((tail >> 3) & 63)) / 63, 3, 3),
    channel(signed(head >> 12), (SATURATION * ((tail >> 9) & 63)) / 63, 3, 3),
  ];
  if (opaque) channels.push(channel(opaque.mean, opaque.scale, 5, 5));
  return { across, down, channels };
}

function sampled({ mean, waves }, width, height) {
  const samples = new Float32Array(width * height);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      samples[at] = waves.reduce(
        (sum, { column, row, strength }) =>
          sum + 2 * strength * cosine(column, x, width) * cosine(row, y, height),
        mean,
      );
    }
  }
  return samples;
}

function cosine(wave, at, length) {
  return Math.cos((Math.PI / length) * wave * (at + 0.5));
}
