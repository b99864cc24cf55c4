"""Floor 4, where Django looks for it: words and pieces for templates."""
