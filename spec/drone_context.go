package spec

import (
	"strings"
)

// A droneVariable is the environment variables that hold what a path stands for. The first that is
// not empty counts: Drone's, then Woodpecker's own.
type droneVariable []string

var droneVariables = map[string]droneVariable{
	"this":            nil, // the item of an #each
	"build.tags":      nil, // see DroneTags
	"repo.owner":      {"DRONE_REPO_OWNER", "DRONE_REPO_NAMESPACE", "CI_REPO_OWNER"},
	"repo.name":       {"DRONE_REPO_NAME", "CI_REPO_NAME"},
	"repo.branch":     {"DRONE_REPO_BRANCH", "CI_REPO_DEFAULT_BRANCH"},
	"build.path":      {"DRONE_WORKSPACE", "CI_WORKSPACE"},
	"build.tag":       {"DRONE_TAG", "CI_COMMIT_TAG"},
	"build.event":     {"DRONE_BUILD_EVENT", "CI_PIPELINE_EVENT"},
	"build.number":    {"DRONE_BUILD_NUMBER", "CI_PIPELINE_NUMBER"},
	"build.commit":    {"DRONE_COMMIT_SHA", "CI_COMMIT_SHA"},
	"build.ref":       {"DRONE_COMMIT_REF", "CI_COMMIT_REF"},
	"build.branch":    {"DRONE_COMMIT_BRANCH", "CI_COMMIT_BRANCH"},
	"build.author":    {"DRONE_COMMIT_AUTHOR", "CI_COMMIT_AUTHOR"},
	"build.pull":      {"DRONE_PULL_REQUEST", "CI_COMMIT_PULL_REQUEST"},
	"build.message":   {"DRONE_COMMIT_MESSAGE", "CI_COMMIT_MESSAGE"},
	"build.deployto":  {"DRONE_DEPLOY_TO", "CI_PIPELINE_DEPLOY_TARGET"},
	"build.deployTo":  {"DRONE_DEPLOY_TO", "CI_PIPELINE_DEPLOY_TARGET"},
	"build.status":    {"DRONE_BUILD_STATUS", "CI_PIPELINE_STATUS"},
	"build.link":      {"DRONE_BUILD_LINK", "CI_PIPELINE_URL"},
	"build.started":   {"DRONE_BUILD_STARTED", "CI_PIPELINE_STARTED"},
	"build.created":   {"DRONE_BUILD_CREATED", "CI_PIPELINE_CREATED"},
	"job.started":     {"DRONE_JOB_STARTED", "DRONE_STAGE_STARTED", "CI_STEP_STARTED"},
	"config.target":   {"PLUGIN_TARGET"},
	"config.template": {"PLUGIN_TEMPLATE"},
}

func (v droneVariable) value(lookup func(env string) (string, bool)) string {
	for _, name := range v {
		value, _ := lookup(name)
		if name == "DRONE_PULL_REQUEST" && value == "0" {
			value = "" // how Woodpecker says to the plugin that it is none
		}
		if value != "" {
			return value
		}
	}
	return ""
}

// DroneTags are the tags that the plugin's settings ask for, which build.tags stands for: those of
// PLUGIN_TAGS; or, with PLUGIN_AUTO_TAG, those that the version in the git tag gives, and latest for
// the default branch. Where that gives none, as on another branch, nothing is to be pushed, and ok
// is false.
func DroneTags(lookup func(env string) (string, bool)) (tags []string, ok bool) {
	automatic := droneVariable{"PLUGIN_AUTO_TAG", "PLUGIN_DEFAULT_TAGS"}.value(lookup)
	if droneOn(automatic) {
		tags = automaticTags(
			droneVariables["build.ref"].value(lookup),
			droneVariables["build.tag"].value(lookup),
			droneVariables["repo.branch"].value(lookup),
		)
		return tags, tags != nil
	}
	for tag := range strings.SplitSeq(droneVariable{"PLUGIN_TAGS", "PLUGIN_TAG"}.value(lookup), ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags, true
}

// droneOn reads a setting that is on or off.
var isTrue = grammarOf(`^(?i:1|t|true)$`)

func droneOn(s string) bool { return isTrue().MatchString(s) }

var fullVersion = grammarOf(`^(\d+)\.(\d+)\.(\d+)$`)

// automaticTags: 1.2.3 is 1, 1.2 and 1.2.3 as well. Before 1.0 a first number promises nothing, and
// what is no release stands for itself alone.
func automaticTags(ref, tag, branch string) []string {
	if name, ok := strings.CutPrefix(ref, "refs/tags/"); ok {
		tag = name
	}
	version := strings.TrimPrefix(tag, "v")
	switch numbers := fullVersion().FindStringSubmatch(version); {
	case version == "" && branch != "" && strings.TrimPrefix(ref, "refs/heads/") == branch:
		return []string{"latest"}
	case version == "":
		return nil
	case numbers == nil:
		return []string{version}
	case strings.Trim(numbers[1], "0") == "":
		return []string{numbers[1] + "." + numbers[2], version}
	default:
		return []string{numbers[1], numbers[1] + "." + numbers[2], version}
	}
}
