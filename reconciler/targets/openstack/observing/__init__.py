"""From raw listings to the World: what is listed, what is left out, which of twins stays, what contradicts itself."""
