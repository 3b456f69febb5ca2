"""What is to be computed: quantized layers and networks, no hardware."""
