"""What a parameter is to be: initializers and recipes. No device, no memory."""
