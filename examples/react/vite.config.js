import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const target = process.env.SITE ?? "http://127.0.0.1:8000"; // of ./dev run
// With the page's own host, or Django takes its requests for forged ones.
const site = { target, changeOrigin: false };

export default defineConfig({
  plugins: [react()],
  // Relative, so that the build may be served from any path.
  base: "./",
  build: {
    assetsInlineLimit: 0, // the site's policy lets styles and scripts come from files alone
    modulePreload: { polyfill: false },
  },
  server: {
    // One origin for the page and the site, as in production: cookies work, and no CORS is needed.
    proxy: { "/api": site, "/media": site, "/login": site, "/static": site },
    fs: { allow: [".", "../javascript"] },
  },
});
