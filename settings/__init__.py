"""How the site is configured: `local` is the embedded default, `production` refuses to guess."""
