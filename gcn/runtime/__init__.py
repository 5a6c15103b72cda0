"""What any computation here needs of the machine: cores, compiled loops, progress, files."""
