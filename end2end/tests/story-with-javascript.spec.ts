import { test } from "./support";
import { tellTheStory } from "./story";

test.use({ own: "story with JavaScript" });

tellTheStory();
