package cli

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// draftsOf returns the folder of drafts that the user names, if any.
func draftsOf(c *cli.Context) (string, error) {
	if c.IsSet(flagDrafts) && c.String(flagDrafts) == "" {
		return "", output.Usagef("--%s is empty: is a variable not set?", flagDrafts)
	}
	return c.String(flagDrafts), nil
}

// madeWith are the flags of a push that change what create puts into a draft.
var madeWith = []string{flagType, flagAnnotation, flagAnnotations, flagWait, flagStrict, flagAllowUnknown, flagCompress}

func createOptionsOf(c *cli.Context) (run.CreateOptions, error) {
	shared, err := pushOptionsOf(c)
	o := run.CreateOptions{PushOptions: shared, Amend: c.Bool(flagAmend), Push: c.Bool(flagPush) || isPlan(c), File: c.String(flagDraftFile)}
	if err != nil {
		return o, err
	}
	if o.Drafts, err = draftsOf(c); err != nil {
		return o, err
	}
	switch {
	case c.IsSet(flagDraftFile) && o.File == "":
		return o, output.Usagef("--%s is empty: is a variable not set?", flagDraftFile)
	case o.File != "" && o.Amend:
		return o, output.Usagef("--%s changes a stored draft: use it without --%s", flagAmend, flagDraftFile)
	case o.File != "" && o.Push:
		return o, output.Usagef("use --%s without --%s: push from-spec pushes the file", flagDraftFile, flagPush)
	}
	if len(o.Spec.Annotations.Images) > 0 && !o.Push {
		return o, output.Usagef("use manifest-tool annotate for annotations of single images")
	}
	for _, flag := range pushFlags(help.Assemble) {
		if name := nameOf(flag); c.IsSet(name) && !o.Push && !slices.Contains(madeWith, name) {
			return o, output.Usagef("--%s applies to a push: use it with --%s, or with manifest-tool push LIST", name, flagPush)
		}
	}
	return o, nil
}

func draftPushOptionsOf(c *cli.Context) (run.DraftPushOptions, error) {
	shared, err := pushOptionsOf(c)
	if err != nil {
		return run.DraftPushOptions{}, err
	}
	drafts, err := draftsOf(c)
	return run.DraftPushOptions{PushOptions: shared, Purge: c.Bool(flagPurge), Refresh: c.Bool(flagRefresh), Drafts: drafts}, err
}

// emptyFieldsOf returns the fields of the platform that a flag with an empty value makes empty on purpose, with
// a warning for each: the value may come from a variable that is not set. An empty value of another flag says
// nothing, as scripts pass --variant for each architecture.
func emptyFieldsOf(c *cli.Context, given v1.Platform) (empty, notes []string) {
	if c.IsSet(flagOSFeatures) && len(given.OSFeatures) == 0 {
		empty = append(empty, "os.features")
		notes = append(notes, "--os-features is empty: the index will name no os.features for the image, whatever the image says")
	}
	if c.IsSet(flagOSVersion) && given.OSVersion == "" {
		empty = append(empty, "os.version")
		notes = append(notes, "--os-version is empty: the index will name no os.version for the image, whatever the image says, as images for HostProcess containers need; is a variable not set?")
	}
	return empty, notes
}

func annotateOptionsOf(c *cli.Context) (run.AnnotateOptions, error) {
	drafts, err := draftsOf(c)
	o := run.AnnotateOptions{Drafts: drafts}
	if err != nil {
		return o, err
	}
	if !slices.ContainsFunc(annotateFlags(), func(f cli.Flag) bool { return nameOf(f) != flagAllowUnknown && c.IsSet(nameOf(f)) }) {
		return o, output.Usagef("nothing to change: use --%s, --%s, --%s or another flag of annotate", flagOS, flagArch, flagVariant)
	}
	given := v1.Platform{
		OS:           strings.TrimSpace(c.String(flagOS)),
		Architecture: strings.TrimSpace(c.String(flagArch)),
		Variant:      strings.TrimSpace(c.String(flagVariant)),
		OSVersion:    strings.TrimSpace(c.String(flagOSVersion)),
		OSFeatures:   words(c.StringSlice(flagOSFeatures)),
	}
	o.Platform = platforms.Normalise(given)
	o.Empty, o.Notes = emptyFieldsOf(c, given)
	if !strings.EqualFold(given.Architecture, o.Platform.Architecture) {
		o.Notes = append(o.Notes, fmt.Sprintf("architecture %s is %s", given.Architecture,
			strings.TrimSuffix(o.Platform.Architecture+"/"+o.Platform.Variant, "/")))
	}
	if err := platforms.Check(o.Platform); err != nil && !c.Bool(flagAllowUnknown) {
		return o, output.Usage(err)
	}
	annotations, err := spec.ParseAnnotations(c.StringSlice(flagAnnotation), nil)
	if err != nil {
		return o, output.Usage(err)
	}
	if len(annotations.Images) > 0 {
		return o, output.Usagef("--%s takes KEY=VALUE here, for the image of the command", flagAnnotation)
	}
	o.Annotations = annotations.Index
	return o, nil
}
