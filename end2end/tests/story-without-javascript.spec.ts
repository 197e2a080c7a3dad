import { test } from "./support";
import { tellTheStory } from "./story";

test.use({ javaScriptEnabled: false });

tellTheStory();
