"""One file a target. Each says in its contract what an input may lead to; anything else is a fault."""
