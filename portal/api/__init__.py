"""The JSON API: what other programs may read, each answer typed and each error a problem document."""
