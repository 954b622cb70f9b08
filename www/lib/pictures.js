// The reading of pictures of one's own, for `Engine.readPicture` and `fitPicture`: the program that trains does it. It is added by
// importing this script, so that a page that is bundled without it does not carry that program's 2 MB; it is fetched for the first picture.

import { addReader } from "./reader.js";

addReader(async (crew, launcher) => (await import("./trainer/single.js")).Single.open(crew, launcher));
