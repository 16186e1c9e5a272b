package main

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/spec"
)

// draftsOf returns the folder of drafts that the user names, if any.
func draftsOf(c *cli.Context) (string, error) {
	if c.IsSet(flagDrafts) && c.String(flagDrafts) == "" {
		return "", usagef("--%s is empty: is a variable not set?", flagDrafts)
	}
	return c.String(flagDrafts), nil
}

// madeWith are the flags of a push that change what create puts into a draft.
var madeWith = []string{flagType, flagAnnotation, flagAnnotations, flagWait, flagStrict, flagAllowUnknown, flagCompress}

func createOptionsOf(c *cli.Context) (createOptions, error) {
	push, err := pushOptionsOf(c)
	o := createOptions{pushOptions: push, amend: c.Bool(flagAmend), push: c.Bool(flagPush), file: c.String(flagDraftFile)}
	if err != nil {
		return o, err
	}
	if o.drafts, err = draftsOf(c); err != nil {
		return o, err
	}
	switch {
	case c.IsSet(flagDraftFile) && o.file == "":
		return o, usagef("--%s is empty: is a variable not set?", flagDraftFile)
	case o.file != "" && o.amend:
		return o, usagef("--%s amends the draft of a name: it does not go with --%s", flagAmend, flagDraftFile)
	case o.file != "" && o.push:
		return o, usagef("--%s and --%s exclude each other: push from-spec pushes the file", flagDraftFile, flagPush)
	}
	if len(o.spec.Annotations.Images) > 0 && !o.push {
		return o, usagef("what is said of single images is said with manifest-tool annotate")
	}
	for _, flag := range pushFlags() {
		if name := flag.Names()[0]; c.IsSet(name) && !o.push && !slices.Contains(madeWith, name) {
			return o, usagef("--%s is for a push: it goes with --%s, or with manifest-tool push LIST", name, flagPush)
		}
	}
	return o, nil
}

func draftPushOptionsOf(c *cli.Context) (draftPushOptions, error) {
	push, err := pushOptionsOf(c)
	if err != nil {
		return draftPushOptions{}, err
	}
	drafts, err := draftsOf(c)
	return draftPushOptions{push, c.Bool(flagPurge), c.Bool(flagRefresh), drafts}, err
}

func annotateOptionsOf(c *cli.Context) (annotateOptions, error) {
	drafts, err := draftsOf(c)
	o := annotateOptions{drafts: drafts}
	if err != nil {
		return o, err
	}
	if !slices.ContainsFunc(annotateFlags(), func(f cli.Flag) bool { return f.Names()[0] != flagAllowUnknown && c.IsSet(f.Names()[0]) }) {
		return o, usagef("there is nothing to say of the image: --%s, --%s, --%s and the like say it", flagOS, flagArch, flagVariant)
	}
	given := v1.Platform{
		OS:           strings.TrimSpace(c.String(flagOS)),
		Architecture: strings.TrimSpace(c.String(flagArch)),
		Variant:      strings.TrimSpace(c.String(flagVariant)),
		OSVersion:    strings.TrimSpace(c.String(flagOSVersion)),
		OSFeatures:   words(c.StringSlice(flagOSFeatures)),
	}
	o.platform = spec.Normalise(given)
	if !strings.EqualFold(given.Architecture, o.platform.Architecture) {
		o.notes = append(o.notes, fmt.Sprintf("architecture %s is %s", given.Architecture,
			strings.TrimSuffix(o.platform.Architecture+"/"+o.platform.Variant, "/")))
	}
	if err := spec.CheckPlatform(o.platform); err != nil && !c.Bool(flagAllowUnknown) {
		return o, usage(err)
	}
	annotations, err := spec.ParseAnnotations(c.StringSlice(flagAnnotation), nil)
	if err != nil {
		return o, usage(err)
	}
	if len(annotations.Images) > 0 {
		return o, usagef("--%s takes KEY=VALUE here: it is for the one image that is named", flagAnnotation)
	}
	o.annotations = annotations.Index
	return o, nil
}
