"""How operators are called and what they show in the App: forms, progress, results."""
