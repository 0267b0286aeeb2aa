/** Styles that a bundle takes from where they are imported. */
declare module "*.css";
