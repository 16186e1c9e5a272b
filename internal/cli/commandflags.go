package cli

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
)

// The functions in this file return the flags of single commands, without the global flags.

func fromSpecFlags() []cli.Flag {
	own := []cli.Flag{
		platformsFlag("push only the images for these platforms"),
		orEmpty(help.NewChoice(flagTemplateEngine, help.Assemble, "render FILE first; see help templates", "drone")),
	}
	own = append(own, manyFlags(help.Assemble)...)
	return append(own, pushFlags(help.Assemble)...)
}

func fromArgsFlags() []cli.Flag {
	own := []cli.Flag{
		platformsFlag("assemble the images for these platforms; auto: for those that tags name"),
		&cli.StringFlag{Name: flagTemplate, Category: help.Assemble, Usage: "`IMAGE` find images by a name with OS, ARCH or VARIANT"},
		&cli.StringFlag{Name: flagTarget, Category: help.Target, Usage: "`IMAGE` push to this name"},
		tagsFlag(),
	}
	return append(own, pushFlags(help.Assemble)...)
}

func fromDigestsFlags() []cli.Flag {
	own := []cli.Flag{
		platformsFlag("push only the images for these platforms"),
		&cli.StringFlag{Name: flagRepo, Category: help.Assemble, Usage: "`REPOSITORY` read digests without a repository from here", DefaultText: "that of the first target"},
		&cli.StringSliceFlag{Name: flagTarget, Category: help.Target, Usage: "`IMAGE,...` push to this name"},
		tagsFlag(),
		&cli.StringFlag{Name: flagTagsJSON, Category: help.Target, Usage: "`FILE|-|env:NAME` push to the tags in JSON of docker/metadata-action"},
	}
	return append(own, without(pushFlags(help.Assemble), flagKeepMissing)...) // no digest says for which platform it is
}

func platformsFlag(usage string) cli.Flag {
	return &cli.StringSliceFlag{Name: flagPlatforms, Category: help.Assemble, Usage: "`PLATFORM,...` " + usage}
}

func tagsFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: flagTags, Category: help.Target, Usage: "`TAG,...` push to these tags too"}
}

// editFlags are those of edit: its own, and those of a push that fit.
func editFlags() []cli.Flag {
	own := []cli.Flag{
		&cli.StringSliceFlag{Name: flagAdd, Category: help.Change, Usage: "`SOURCE[,platform=PLATFORM]` add an image or an index; replaces the images of the same platform"},
		&cli.StringSliceFlag{Name: flagRemove, Category: help.Change, Usage: "`PLATFORM|DIGEST,...` remove the images of a platform, or an entry"},
		&cli.StringSliceFlag{Name: flagSetPlatform, Category: help.Change, Usage: "`OLD=NEW,...` list an image for another platform; OLD is a platform or a digest"},
		&cli.StringSliceFlag{Name: flagTag, Category: help.Target, Usage: "`TAG|NAME:TAG,...` push the result here, and do not change IMAGE"},
		&cli.IntFlag{Name: flagRetryOnConflict, Category: help.Target, Usage: "`N` edit again, up to N times, if the tag moves"},
	}
	return append(own, without(pushFlags(help.Change), flagIgnoreMissing, flagWait, flagByDigest, flagFailFast, flagAttestations)...)
}

// copyFlags are those of copy: its own, and those of a push that fit.
func copyFlags() []cli.Flag {
	own := []cli.Flag{
		&cli.StringSliceFlag{Name: flagPlatforms, Category: help.Copy, Usage: "`PLATFORM,...` copy only these platforms, as a new index"},
		&cli.BoolFlag{Name: flagReferrers, Category: help.Copy, Usage: "copy signatures and other referrers too"},
		&cli.StringFlag{Name: flagPairs, Category: help.Copy, Usage: "`FILE` copy many images: SOURCE TARGET... in each line; - reads stdin"},
		&cli.BoolFlag{Name: flagAllTags, Category: help.Copy, Usage: "copy all images of a repository that have a tag"},
		&cli.StringFlag{Name: flagTagFilter, Category: help.Copy, Usage: "`GLOB` with --all-tags, copy only tags such as 1.*"},
		tagsFlag(),
		&cli.BoolFlag{Name: flagStrict, Category: help.Checks, Usage: "fail if a tag would lose platforms, or if referrers are hidden or cannot be listed"},
	}
	own = append(own, manyFlags(help.Copy)...)
	return append(own, without(pushFlags(help.Copy), unusedByCopy...)...)
}

// manyFlags are those of runs over many images. What is the group of the flags that choose the content.
func manyFlags(what string) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: flagShard, Category: what, Usage: "`INDEX/COUNT` push one of COUNT parts of many images, such as 2/8; auto takes the numbers from the job"},
		&cli.StringFlag{Name: flagResume, Category: what, Usage: "`FILE` skip what is done in these results of --output jsonl"},
		&cli.BoolFlag{Name: flagOrdered, Category: help.Output, Usage: "print the lines of --output jsonl in the order of the images"},
		&cli.StringFlag{Name: flagFailedFile, Category: help.CI, Usage: "`FILE` write what failed to FILE, as input for another run"},
		&cli.StringFlag{Name: flagMetricsFile, Category: help.CI, Usage: "`FILE` write numbers for Prometheus to FILE"},
	}
}

// unusedByCopy is what makes no sense for an image that stays as it is.
var unusedByCopy = []string{flagType, flagIgnoreMissing, flagKeepMissing, flagAttestations, flagAnnotation, flagAnnotations, flagStrict, flagAllowMismatch, flagAllowSame, flagReferrers, flagAttest, flagAttestFile, flagRecordSources}

func splitFlags() []cli.Flag {
	return without(pushFlags(help.Copy), slices.DeleteFunc(slices.Concat(unusedByCopy, []string{flagWait, flagRequire, flagByDigest, flagFailFast, flagCompress}), func(name string) bool { return name == flagStrict })...)
}

// draftFlags are those of all commands for drafts.
func draftFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: flagDrafts, Category: help.Draft, Usage: "`DIR` use the drafts in DIR", DefaultText: "~/.local/state/manifest-tool/drafts"},
	}
}

func createFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: flagAmend, Aliases: []string{"a"}, Category: help.Draft, Usage: "add images to the draft, if there is one"},
		&cli.BoolFlag{Name: flagPush, Category: help.Draft, Usage: "push now; without --amend, keep no draft"},
		&cli.StringFlag{Name: flagDraftFile, Aliases: []string{"o"}, Category: help.Draft, Usage: "`FILE` write the draft to FILE, or to stdout with -"},
	}
}

func annotateFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: flagOS, Category: help.Change, Usage: "`OS` set the operating system, such as linux"},
		&cli.StringFlag{Name: flagArch, Category: help.Change, Usage: "`ARCH` set the architecture, such as arm64 or x86_64"},
		&cli.StringFlag{Name: flagVariant, Category: help.Change, Usage: "`VARIANT` set the variant, such as v7"},
		&cli.StringFlag{Name: flagOSVersion, Category: help.Change, Usage: "`VERSION` set the version of Windows; '' sets none"},
		&cli.StringSliceFlag{Name: flagOSFeatures, Category: help.Change, Usage: "`FEATURE,...` add os features, such as win32k; '' sets none"},
		&cli.StringSliceFlag{Name: flagAnnotation, Category: help.Change, Usage: "`KEY=VALUE` annotate the entry of the image in the index"},
		&cli.BoolFlag{Name: flagAllowUnknown, Category: help.Checks, Usage: "accept an unknown os or architecture"},
	}
}

func draftPushFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: flagPurge, Aliases: []string{"p"}, Category: help.Draft, Usage: "remove the draft after the push"},
		&cli.BoolFlag{Name: flagRefresh, Category: help.Draft, Usage: "use the images that the tags hold now"},
	}
}

func inspectFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: flagPlatform, Category: help.Show, Usage: "`PLATFORM` show only the image for this platform"},
		&cli.StringFlag{Name: flagFor, Category: help.Show, Usage: "`PLATFORM` show which image containerd takes on a node with this platform, and why"},
		&cli.BoolFlag{Name: flagDigests, Category: help.Show, Usage: "print all digests that the image needs, one a line"},
		&cli.BoolFlag{Name: flagBlobs, Category: help.Show, Usage: "with --digests, print the digests of configs and layers too"},
		&cli.BoolFlag{Name: flagReferrers, Category: help.Show, Usage: "also show signatures and other referrers"},
		&cli.BoolFlag{Name: flagStatements, Category: help.Show, Usage: "also read attestations: packages, builder, source"},
		&cli.BoolFlag{Name: flagDraft, Category: help.Show, Usage: "show the draft of this name, not the registry"},
		&cli.BoolFlag{Name: flagConfig, Category: help.Show, Usage: "add the configs of the images, with --format json"},
		&cli.BoolFlag{Name: flagExpand, Category: help.Show, Usage: "add the config of a single image, with --raw"},
		help.NewChoice(flagFormat, help.Output, "print the image in this form", "text", "json", "table", "tree", "raw", "digest", "config", "labels").
			Or("go-template=TEMPLATE", isTemplate),
		&cli.BoolFlag{Name: flagRaw, Category: help.Output, Usage: "print the JSON of manifest-tool v2"},
	}
}

// dockerInspectFlags are those of manifest inspect, beside those of inspect.
func dockerInspectFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: flagVerbose, Aliases: []string{"v"}, Category: help.Output, Usage: "print each image with its descriptor and manifest"},
	}
}

// tagListFlags are those of ls for the tags of a repository.
func tagListFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: flagLong, Aliases: []string{"l"}, Category: help.Show, Usage: "add digest, type, platforms and size: one request for each tag"},
		&cli.StringFlag{Name: flagFilter, Category: help.Show, Usage: "`GLOB` list only tags such as 1.*"},
		&cli.BoolFlag{Name: flagAll, Aliases: []string{"a"}, Category: help.Show, Usage: "list the tags of signatures and other referrers too"},
		help.NewChoice(flagOutput, help.Output, "print the tags as text or JSON", "text", "json"),
	}
}

func digestFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: flagPlatform, Category: help.Show, Usage: "`PLATFORM` print the digest of the image for this platform"},
	}
}

// tagFlags are those of copy that fit: the names are the arguments.
func tagFlags() []cli.Flag {
	return without(copyFlags(), flagPlatforms, flagAllTags, flagTagFilter, flagTags, flagByDigest, flagPlatformTags, flagArchNames, flagCompress, flagRequire, flagAllowUnknown,
		flagPairs, flagShard, flagResume, flagFailedFile, flagMetricsFile, flagOrdered)
}

func authFlags() []cli.Flag {
	return []cli.Flag{
		help.NewChoice(flagOutput, help.Output, "print the result as text or JSON", "text", "json"),
	}
}

// loginFlags are those of auth login. They replace global flags of the same names.
func loginFlags() []cli.Flag {
	own := []cli.Flag{
		&cli.StringFlag{Name: flagUsername, Aliases: []string{"u"}, Category: help.Account, Usage: "`NAME` log in as NAME, or ask for the name on a terminal"},
		&cli.BoolFlag{Name: flagPasswordStdin, Category: help.Account, Usage: "read the password from stdin, or ask for it on a terminal"},
		&cli.StringFlag{Name: flagPassword, Category: help.Account, Usage: "`PASSWORD` use PASSWORD; other local users can see it"},
	}
	return slices.Concat(own, credentialFileFlags(), without(globalFlags(), flagUsername, flagPasswordStdin, flagPassword, flagCreds, flagDockerConfig, flagAuthFile, flagCache))
}

// credentialFileFlags choose the file of auth login, logout and ls.
func credentialFileFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: flagDockerConfig, Category: help.Account, Usage: "`FILE|DIR` use this docker config"},
		&cli.StringFlag{Name: flagAuthFile, Category: help.Account, Usage: "`FILE` use this file of podman or skopeo"},
	}
}

func logoutFlags() []cli.Flag {
	own := []cli.Flag{
		&cli.BoolFlag{Name: flagAll, Aliases: []string{"a"}, Category: help.Account, Usage: "remove all logins of the file and its helpers"},
	}
	return slices.Concat(own, credentialFileFlags(), without(globalFlags(), flagDockerConfig, flagAuthFile))
}

func authListFlags() []cli.Flag {
	return slices.Concat(authFlags(), credentialFileFlags(), without(globalFlags(), flagDockerConfig, flagAuthFile))
}

// diffFlags are those of diff: its own, and those of a push that say what a spec would push.
func diffFlags() []cli.Flag {
	own := []cli.Flag{
		&cli.StringFlag{Name: flagPlatform, Category: help.Show, Usage: "`PLATFORM` compare only the images for this platform"},
		&cli.StringSliceFlag{Name: flagPlatforms, Category: help.Show, Usage: "`PLATFORM,...` compare two platforms of one image"},
		&cli.StringSliceFlag{Name: flagIgnore, Category: help.Show, Usage: "`WORD,...` ignore created, history, labels, annotations, attestations or order"},
		help.NewChoice(flagOutput, help.Output, "print the result as text or JSON", "text", "json"),
	}
	return append(own, without(without(pushFlags(help.Assemble), unusedByReaders...), flagOutput)...)
}

// unusedByReaders is what makes no sense for a command that only finds out what a push would do.
var unusedByReaders = []string{flagWait, flagReferrers, flagPlatformTags, flagArchNames, flagByDigest, flagForce, flagFailFast, flagDryRun,
	flagRequire, flagVerify, flagStrict, flagQuiet, flagProgress, flagDigestFile, flagMetadataFile, flagGitHubOutput, flagAttest, flagAttestFile}

func outdatedFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: flagUpdate, Category: help.Draft, Usage: "refresh the digests of drafts that are outdated"},
		&cli.BoolFlag{Name: flagAllowUnknown, Category: help.Checks, Usage: "accept an unknown os or architecture"},
		help.NewChoice(flagOutput, help.Output, "print the result as text or JSON", "text", "json"),
	}
}

// planFlag is the flag of commands that only plan.
func planFlag() cli.Flag {
	return &cli.StringFlag{Name: flagPlanFile, Aliases: []string{"o"}, Category: help.Output, Usage: "`FILE` write the plan to FILE", Value: "-", DefaultText: "stdout"}
}

// unusedByPlan is what makes no sense for a command that only plans.
var unusedByPlan = []string{flagDryRun, flagVerify, flagFailFast, flagRetryOnConflict, flagPurge, flagOutput, flagProgress, flagDigestFile, flagMetadataFile, flagGitHubOutput,
	flagAttest, flagAttestFile, flagResume, flagFailedFile, flagMetricsFile, flagOrdered, flagAmend, flagPush, flagDraftFile}

// specInitFlags are those of spec init.
func specInitFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: flagFromTags, Category: help.Assemble, Usage: "`IMAGE` find images by their tags, such as 1.0-amd64 for app:1.0"},
		&cli.StringFlag{Name: flagFromDraft, Category: help.Assemble, Usage: "`LIST` take a draft, also of docker manifest create"},
		&cli.StringFlag{Name: flagFromBake, Category: help.Assemble, Usage: "`FILE` take the output of docker buildx bake --print, or a metadata file"},
		&cli.BoolFlag{Name: flagPin, Category: help.Assemble, Usage: "name images by digest, also if they have tags"},
		&cli.StringFlag{Name: flagTarget, Category: help.Target, Usage: "`IMAGE` push to this name", DefaultText: "the name of the source"},
		&cli.StringFlag{Name: flagSpecFile, Aliases: []string{"o"}, Category: help.Output, Usage: "`FILE` write the spec to FILE", DefaultText: "stdout"},
		&cli.BoolFlag{Name: flagForce, Category: help.Output, Usage: "replace FILE if FILE exists"},
	}
}

// applyFlags are those of a push that do not change what is pushed.
func applyFlags() []cli.Flag {
	var flags []cli.Flag
	for _, flag := range pushFlags(help.Target) {
		if slices.Contains([]string{flagVerify, flagFailFast, flagOutput, flagQuiet, flagProgress, flagDigestFile, flagMetadataFile, flagGitHubOutput}, nameOf(flag)) {
			flags = append(flags, flag)
		}
	}
	return flags
}
