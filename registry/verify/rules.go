package verify

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A Severity is how bad a finding is.
type Severity string

// The severities. An error breaks the image for some client, or makes a statement of the image false.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// A Rule is a kind of finding. ID is stable: users filter by it.
type Rule struct {
	ID       string
	Severity Severity
	Summary  string // what the rule finds
	Do       string // what to do about it
}

const (
	pushAgain = "push the image again, or bring the content back with --repair-from"
	buildBack = "build the image again"
)

// Rules are all rules, in the order of the documentation.
var Rules = []Rule{
	{"manifest-missing", Error, "The index lists a manifest that does not exist.", pushAgain},
	{"manifest-corrupt", Error, "A manifest has other bytes than its digest says, or is no manifest.", pushAgain},
	{"manifest-unreadable", Error, "The registry refuses to show a manifest.", "ask the administrator of the registry for the policy that hides the manifest"},
	{"config-missing", Error, "The config of an image does not exist.", pushAgain},
	{"config-corrupt", Error, "The config of an image has other bytes than its digest says, or is no config.", pushAgain},
	{"config-unreadable", Error, "The registry refuses to show the config of an image.", "ask the administrator of the registry for the policy that hides the config"},
	{"layer-missing", Error, "A layer does not exist.", pushAgain},
	{"layer-corrupt", Error, "A layer has another size or other bytes than its descriptor says.", pushAgain},
	{"layer-unreadable", Error, "The registry refuses to show a layer.", "ask the administrator of the registry for the policy that hides the layer"},
	{"foreign-layer", Warning, "A layer is not in the repository, and its descriptor names URLs for the layer.", "check that the hosts of the URLs are reachable where the image runs"},
	{"size-mismatch", Error, "A manifest has another size than its descriptor in the index says.", "push the index again"},
	{"media-type-mismatch", Error, "A manifest has another media type than its descriptor in the index says.", "push the index again"},
	{"layer-count-mismatch", Error, "An image has another number of layers than its config lists.", buildBack},
	{"diff-id-mismatch", Error, "A layer unpacks to other content than the config of its image says, or cannot be unpacked (--deep).", buildBack},
	{"platform-mismatch", Error, "The index lists an image for another platform than the config of the image names.", "correct the index with edit --set-platform, or build the image for the platform"},
	{"platform-missing", Warning, "The index lists an image without a platform, so that clients cannot select the image.", "set the platform with edit --set-platform DIGEST=PLATFORM"},
	{"platform-unknown", Warning, "The index lists an image for an os or an architecture that does not exist.", "correct the platform with edit --set-platform"},
	{"duplicate-platform", Warning, "Two images are for the same platform, and nothing distinguishes them: clients take the first.", "remove one of the images with edit --remove DIGEST"},
	{"no-images", Error, "The index lists no image.", "push the image again"},
	{"nested-index", Warning, "The index lists another index, which many clients do not follow.", "push the images of both as one index: push flattens the sources"},
	{"mixed-formats", Warning, "A Docker list has OCI manifests, or an OCI index has Docker manifests.", "build the images in one format, or push with --type oci"},
	{"attestation-subject-missing", Error, "An attestation or a companion is about an image that the index does not list.", "remove the entry with edit --remove DIGEST, or add the image"},
	{"attestation-not-in-toto", Warning, "An attestation has layers that are not in-toto statements by their media types.", buildBack},
	{"referrer-missing", Error, "A referrer, such as a signature, is listed but does not exist.", "attach the referrer again, or remove its entry from the list of referrers"},
	{"referrer-corrupt", Error, "A referrer or a list of referrers is not what it claims to be, or lacks content.", "attach the referrer again"},
	{"referrer-subject-mismatch", Error, "A referrer is listed for a manifest, but names another one as its subject.", "attach the referrer again, or remove its entry from the list of referrers"},
	{"signature-tag-unreadable", Error, "A tag of cosign exists, but its signature or attestation cannot be read.", "sign the image again"},
	{"referrers-hidden", Warning, "The registry does not show whether there are more referrers.", "use a login that may list referrers and tags"},
	{"required-platform-missing", Error, "The image lacks a platform of --require or --exact.", "push the image with this platform"},
	{"unexpected-platform", Error, "The image has a platform that --exact does not list.", "remove the platform with edit --remove, or add it to --exact"},
	{"drift", Error, "A tag does not hold what the spec would push.", "push the spec"},
	{"limit-exceeded", Error, "The image exceeds a limit, such as the number of entries, and was not verified to its end.", "split the index"},
}

// ruleOf returns a rule by its ID.
func ruleOf(id string) Rule {
	return Rules[slices.IndexFunc(Rules, func(r Rule) bool { return r.ID == id })]
}

// A Finding is something that is wrong with an image.
type Finding struct {
	Rule
	// Where is the manifest or the blob, by its digest; for drift and required platforms, the image.
	Where spec.Reference
	// Platforms are those of the images that the finding concerns, as far as they are known.
	Platforms []v1.Platform
	What      string // a sentence in lower case
}

// Count returns how many findings have a severity.
func Count(findings []Finding, severity Severity) int {
	n := 0
	for _, f := range findings {
		if f.Severity == severity {
			n++
		}
	}
	return n
}
