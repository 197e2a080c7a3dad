import { test } from "./support";
import { tellTheStory } from "./story";

test.use({ own: "story without JavaScript", javaScriptEnabled: false });

tellTheStory();
