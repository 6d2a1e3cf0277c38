"""What a prior and a likelihood have to satisfy by themselves, whatever the data: asked by every run and by checks."""
