package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
)

// actionOutput is the output json of docker/metadata-action, as in $DOCKER_METADATA_OUTPUT_JSON. Its labels are for
// builds, and so are its annotations, except those for the index.
type actionOutput struct {
	Tags        []string `json:"tags"`        // user/app:1.0, or 1.0 where the action was given no images
	Annotations []string `json:"annotations"` // LEVEL:KEY=VALUE
	// Targets is where its bake-file output has the same.
	Targets map[string]struct {
		Tags []string `json:"tags"`
	} `json:"target"`
}

func parseActionOutput(in Input) (actionOutput, error) {
	var n actionOutput
	if err := json.Unmarshal(in.Content, &n); err != nil {
		return n, fmt.Errorf("%s: %q is not the JSON of docker/metadata-action, such as {\"tags\":[\"user/app:1.0\"]}: %w", shown(in.Name), firstLine(in.Content), err)
	}
	for _, target := range sortedKeys(n.Targets) {
		n.Tags = append(n.Tags, n.Targets[target].Tags...)
	}
	if len(n.Tags) == 0 {
		return n, fmt.Errorf("%s: no tags in this file: check that the action creates tags for this event", shown(in.Name))
	}
	if len(n.Tags) > MaxEntries {
		return n, fmt.Errorf("%s: %d tags; the limit is %d", shown(in.Name), len(n.Tags), MaxEntries)
	}
	return n, nil
}

// targets are where the image goes, under which tags: the targets that were given, or else what the names
// say. With both, the names are tags for the targets.
func (d Digests) targets(byDigest bool) (targets []Reference, annotations Annotations, notes []string, err error) {
	var errs []error
	for _, word := range d.Targets {
		target, err := ParseReference(word)
		targets, errs = append(targets, target), append(errs, err)
	}
	err = errors.Join(errs...)
	switch {
	case err != nil:
		return nil, annotations, nil, err
	case d.Names != nil:
		n, err := parseActionOutput(*d.Names)
		if err != nil {
			return nil, annotations, nil, err
		}
		annotations, err = n.annotations()
		targets, notes, mergeErr := n.merge(targets, len(d.Tags) == 0 && !byDigest)
		return targets, annotations, notes, errors.Join(err, mergeErr)
	case len(targets) == 0:
		err = errors.New("no target given: use --target or --tags-json")
	}
	return targets, annotations, nil, err
}

// merge adds the tags of the names to the given targets, if there are any. In that case, only names in the
// repositories of the targets count, so that nothing is pushed to a repository that the user did not name.
func (n actionOutput) merge(given []Reference, needed bool) (targets []Reference, notes []string, err error) {
	targets = given
	var elsewhere []string
	for _, word := range n.Tags {
		if CheckTag(word) == nil {
			if len(given) == 0 {
				return nil, nil, fmt.Errorf("--tags-json: %q is a tag without a repository: name the repository with --target", word)
			}
			for _, target := range given {
				targets = append(targets, Reference{Place: target.Place, Tag: word})
			}
			continue
		}
		ref, err := ParseReference(word)
		if err != nil {
			return nil, nil, fmt.Errorf("--tags-json: %w", err)
		}
		same := func(target Reference) bool { return target.Place == ref.Place }
		if len(given) > 0 && !slices.ContainsFunc(given, same) {
			elsewhere = append(elsewhere, word)
			continue
		}
		targets = append(targets, ref)
	}
	if len(targets) == len(given) {
		return nil, nil, fmt.Errorf("--tags-json: none of these names is in a repository of --target: %s", excerpt.Of(strings.Join(n.Tags, ", ")))
	}
	for _, target := range given {
		tagged := func(other Reference) bool { return other.Place == target.Place && other.Tag != "" }
		if needed && !slices.ContainsFunc(targets, tagged) {
			return nil, nil, fmt.Errorf("--tags-json: no tag for %s; the tags are %s", target.Place, excerpt.Of(strings.Join(n.Tags, ", ")))
		}
	}
	if elsewhere != nil {
		notes = append(notes, "skipped, because --target names other repositories: "+strings.Join(elsewhere, ", "))
	}
	return targets, notes, nil
}

// annotations are those for what a push makes: the index, and its entries. Those of manifests were for the builds.
func (n actionOutput) annotations() (Annotations, error) {
	ours := slices.DeleteFunc(n.Annotations, func(a string) bool {
		return !strings.HasPrefix(a, "index:") && !strings.HasPrefix(a, "manifest-descriptor")
	})
	annotations, err := ParseAnnotations(ours, nil)
	if err != nil {
		err = fmt.Errorf("--tags-json: %w", err)
	}
	return annotations, err
}
