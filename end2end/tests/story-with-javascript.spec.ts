import { tellTheStory } from "./story";

tellTheStory();
