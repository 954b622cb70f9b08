// What the pictures of Fashion-MNIST show, in the order of its classes.

export const CLOTHES = [
  "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
];
