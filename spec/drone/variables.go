package drone

import (
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
)

// A variable lists the environment variables that may hold the value of a path: those of Drone, then those
// of Woodpecker. The first that is not empty counts.
type variable []string

var variables = map[string]variable{
	"this":            nil, // the item of an #each
	"build.tags":      nil, // see Tags
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

func (v variable) value(lookup func(env string) (string, bool)) string {
	for _, name := range v {
		value, _ := lookup(name)
		if name == "DRONE_PULL_REQUEST" && value == "0" {
			value = "" // Woodpecker sets 0 where there is no pull request
		}
		if value != "" {
			return value
		}
	}
	return ""
}

// Tags gives the value of build.tags: the tags that the settings of the plugin ask for. These are the tags in
// PLUGIN_TAGS. With PLUGIN_AUTO_TAG they are the tags for the version in the git tag, or latest on the default
// branch. Where PLUGIN_AUTO_TAG gives no tag, as on another branch, ok is false and nothing is to be pushed.
func Tags(lookup func(env string) (string, bool)) (tags []string, ok bool) {
	automatic := variable{"PLUGIN_AUTO_TAG", "PLUGIN_DEFAULT_TAGS"}.value(lookup)
	if isOn(automatic) {
		tags = automaticTags(
			variables["build.ref"].value(lookup),
			variables["build.tag"].value(lookup),
			variables["repo.branch"].value(lookup),
		)
		return tags, tags != nil
	}
	for tag := range strings.SplitSeq(variable{"PLUGIN_TAGS", "PLUGIN_TAG"}.value(lookup), ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags, true
}

var isTrue = lazyregexp.New(`^(?i:1|t|true)$`)

// isOn reads a setting that is on or off.
func isOn(s string) bool { return isTrue().MatchString(s) }

var fullVersion = lazyregexp.New(`^(\d+)\.(\d+)\.(\d+)$`)

// automaticTags gives the tags 1, 1.2 and 1.2.3 for version 1.2.3. A version below 1.0 gets no tag with its
// first number alone. A version that is no full release gets only its own tag.
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
