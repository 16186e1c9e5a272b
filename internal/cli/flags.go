package cli

import (
	"slices"

	"github.com/urfave/cli/v2"
)

// The names of all flags. One name means the same in every command.
const (
	flagDebug         = "debug"
	flagInsecure      = "insecure"
	flagPlainHTTP     = "plain-http"
	flagUsername      = "username"
	flagPassword      = "password"
	flagPasswordStdin = "password-stdin"
	flagCreds         = "creds"
	flagDockerConfig  = "docker-cfg"
	flagJobs          = "jobs"
	flagTimeout       = "timeout"

	flagCAFile            = "ca-file"
	flagCertFile          = "cert-file"
	flagKeyFile           = "key-file"
	flagInsecureRegistry  = "insecure-registry"
	flagPlainHTTPRegistry = "plain-http-registry"
	flagAllowRealm        = "allow-realm"

	flagType          = "type"
	flagIgnoreMissing = "ignore-missing"
	flagByDigest      = "by-digest"
	flagDryRun        = "dry-run"
	flagForce         = "force"
	flagStrict        = "strict"
	flagVerify        = "verify"
	flagProgress      = "progress"
	flagAllowUnknown  = "allow-unknown-platform"
	flagAllowMismatch = "allow-platform-mismatch"
	flagAllowSame     = "allow-same-platform"
	flagOutput        = "output"
	flagQuiet         = "quiet"
	flagDigestFile    = "digest-file"
	flagMetadataFile  = "metadata-file"
	flagCompress      = "compress"
	flagRequire       = "require"
	flagAttestations  = "attestations"
	flagWait          = "wait"
	flagFailFast      = "fail-fast"
	flagKeepMissing   = "keep-missing"
	flagPlatformTags  = "platform-tags"
	flagArchNames     = "arch-names"
	flagGitHubOutput  = "github-output"
	flagReferrers     = "referrers"
	flagAllTags       = "all-tags"
	flagTagFilter     = "tag-filter"

	flagTemplateEngine = "template-engine"

	flagPlatforms   = "platforms"
	flagTemplate    = "template"
	flagTarget      = "target"
	flagTags        = "tags"
	flagAnnotation  = "annotation"
	flagAnnotations = "annotations"

	flagAdd             = "add"
	flagRemove          = "remove"
	flagSetPlatform     = "set-platform"
	flagTag             = "tag"
	flagRetryOnConflict = "retry-on-conflict"

	flagRepo     = "repo"
	flagTagsJSON = "tags-json"

	flagDrafts    = "drafts"
	flagDraftFile = "draft-file"
	flagAmend     = "amend"
	flagPush      = "push"
	flagPurge     = "purge"
	flagRefresh   = "refresh"
	flagDraft     = "draft"

	flagOS         = "os"
	flagArch       = "arch"
	flagVariant    = "variant"
	flagOSVersion  = "os-version"
	flagOSFeatures = "os-features"

	flagFormat   = "format"
	flagPlatform = "platform"
	flagConfig   = "config"
	flagRaw      = "raw"
	flagExpand   = "expand-config"
	flagVerbose  = "verbose"
)

// globalFlags can be given to every command.
func globalFlags() []cli.Flag {
	const category = "Global:"
	return []cli.Flag{
		&cli.BoolFlag{Name: flagDebug, Category: category, Usage: "tell of every request on stderr"},
		&cli.BoolFlag{Name: flagInsecure, Category: category, Usage: "let any certificate of the registries pass; speak plain http to one that has no TLS"},
		&cli.BoolFlag{Name: flagPlainHTTP, Category: category, Usage: "speak plain http (loopback registries need no flag)"},
		&cli.StringSliceFlag{Name: flagInsecureRegistry, Category: category, Usage: "--insecure for one: `HOST[:PORT]`"},
		&cli.StringSliceFlag{Name: flagPlainHTTPRegistry, Category: category, Usage: "--plain-http for one: `HOST[:PORT]`"},
		&cli.StringFlag{Name: flagCAFile, Category: category, Usage: "trust the certificates in this `FILE` too"},
		&cli.StringFlag{Name: flagCertFile, Category: category, Usage: "show this certificate, a `FILE`, to the registry that is pushed to, or inspected"},
		&cli.StringFlag{Name: flagKeyFile, Category: category, Usage: "its key, a `FILE`"},
		&cli.StringSliceFlag{Name: flagAllowRealm, Category: category, Usage: "let a registry without a certificate that is good name this `HOST[:PORT]` as its token server"},
		&cli.StringFlag{Name: flagUsername, Category: category, Usage: "`[HOST=]NAME` for the registry that is pushed to, or inspected, or for HOST"},
		&cli.StringFlag{Name: flagPassword, Category: category, Usage: "its `PASSWORD`; others on this machine can see it: prefer --password-stdin"},
		&cli.BoolFlag{Name: flagPasswordStdin, Category: category, Usage: "read the password from stdin"},
		&cli.StringSliceFlag{Name: flagCreds, Category: category, Usage: "`[HOST=]USER:PASSWORD`, as --username with --password; once for each registry"},
		&cli.StringFlag{Name: flagDockerConfig, Category: category, Usage: "docker config `FILE or DIR` with credentials (default: $DOCKER_CONFIG, ~/.docker, podman's auth.json)"},
		&cli.IntFlag{Name: flagJobs, Category: category, Value: 32, Usage: "at most `N` requests at a time at each registry"},
		&cli.DurationFlag{Name: flagTimeout, Category: category, Usage: "end the run with exit code 7 after `DURATION`, like 90s or 10m", DefaultText: "no limit"},
	}
}

// pushFlags are those of all ways to push.
func pushFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: flagType, Usage: "`TYPE` of the result: auto, docker (manifest list) or oci (image index)", DefaultText: "auto"},
		&cli.BoolFlag{Name: flagIgnoreMissing, Usage: "leave out images that do not exist, as long as there is one"},
		&cli.BoolFlag{Name: flagKeepMissing, Usage: "keep what the target has for the platform of an image that does not exist"},
		&cli.DurationFlag{Name: flagWait, Usage: "wait up to `DURATION`, like 90s or 10m, for images that do not exist yet", DefaultText: "not at all"},
		&cli.StringSliceFlag{Name: flagRequire, Usage: "push nothing unless the index has images for this `LIST` of platforms"},
		&cli.StringFlag{Name: flagAttestations, Value: "keep", Usage: "`WHAT` becomes of the images' attestations: keep or drop"},
		&cli.BoolFlag{Name: flagReferrers, Usage: "push the referrers of the images and cosign's signatures, too"},
		&cli.StringFlag{Name: flagPlatformTags, Usage: "tag each image too: `TEMPLATE` like TAG-OS-ARCH or TAG-ARCHVARIANT"},
		&cli.StringSliceFlag{Name: flagArchNames, Usage: "what ARCH is in templates: `LIST` like amd64=x86_64,arm/v7=arm32v7"},
		&cli.StringSliceFlag{Name: flagAnnotation, Usage: "annotate the index: `KEY=VALUE`; or entries: manifest-descriptor[linux/arm64]:key=value"},
		&cli.StringSliceFlag{Name: flagAnnotations, Usage: "the same as a `LIST`: key=value,key=value"},
		&cli.BoolFlag{Name: flagByDigest, Usage: "push without moving any tag"},
		&cli.BoolFlag{Name: flagDryRun, Usage: "write nothing; print the index that would be pushed"},
		&cli.BoolFlag{Name: flagForce, Usage: "write everything, even if nothing changed"},
		&cli.BoolFlag{Name: flagVerify, Usage: "read every manifest and blob back, in full, before a tag moves"},
		&cli.BoolFlag{Name: flagFailFast, Usage: "of several targets, push to none where one cannot be read, and stop where one fails"},
		&cli.BoolFlag{Name: flagStrict, Usage: "make errors of unknown keys and of platforms that the images contradict"},
		&cli.BoolFlag{Name: flagAllowUnknown, Usage: "let an os or architecture pass that nobody knows"},
		&cli.BoolFlag{Name: flagAllowMismatch, Usage: "let an image pass whose config names another platform, also with --strict"},
		&cli.BoolFlag{Name: flagAllowSame, Usage: "allow several images for one platform; clients take the first"},
		&cli.StringFlag{Name: flagCompress, Usage: "compress layers of docker archives that are not: `HOW`, gzip"},
		&cli.StringFlag{Name: flagOutput, Value: "text", Usage: "`FORMAT` of the result: text or json"},
		&cli.BoolFlag{Name: flagQuiet, Aliases: []string{"q"}, Usage: "print only warnings and errors on stderr"},
		&cli.StringFlag{Name: flagProgress, Value: "auto", Usage: "`HOW` copying is shown on stderr: auto (on a terminal), plain (lines) or none"},
		&cli.StringFlag{Name: flagDigestFile, Usage: "write the digest into `FILE` as well"},
		&cli.StringFlag{Name: flagMetadataFile, Usage: "write digest, descriptor and names into `FILE`, as JSON with the keys of buildx"},
		&cli.BoolFlag{Name: flagGitHubOutput, Usage: "add digest, ref and media-type to $GITHUB_OUTPUT, and a table to $GITHUB_STEP_SUMMARY"},
	}
}

// editFlags are those of edit: its own, and those of a push that fit.
func editFlags() []cli.Flag {
	own := []cli.Flag{
		&cli.StringSliceFlag{Name: flagAdd, Usage: "add `SOURCE[,platform=PLATFORM]`, an image or all of an index; it replaces what there is for its platform"},
		&cli.StringSliceFlag{Name: flagRemove, Usage: "remove the image for `PLATFORM or DIGEST`, with its attestations"},
		&cli.StringSliceFlag{Name: flagSetPlatform, Usage: "list an image for another platform: `PLATFORM=PLATFORM` or DIGEST=PLATFORM"},
		&cli.StringSliceFlag{Name: flagTag, Usage: "leave IMAGE as it is, and push to `TAG`, or to a NAME:TAG"},
		&cli.IntFlag{Name: flagRetryOnConflict, Usage: "where somebody else moves the tag meanwhile, edit what it holds then, up to `N` times"},
	}
	return append(own, without(pushFlags(), flagIgnoreMissing, flagWait, flagByDigest, flagFailFast, flagAttestations)...)
}

// copyFlags are those of copy: its own, and those of a push that fit.
func copyFlags() []cli.Flag {
	own := []cli.Flag{
		&cli.StringSliceFlag{Name: flagTags, Usage: "`LIST` of further tags"},
		&cli.StringSliceFlag{Name: flagPlatforms, Usage: "copy only the images for this `LIST` of platforms, in an index of their own"},
		&cli.BoolFlag{Name: flagReferrers, Usage: "copy what refers to the image and to those in it, and cosign's signatures, too"},
		&cli.BoolFlag{Name: flagStrict, Usage: "make errors of referrers that a registry may hide, or cannot list"},
		&cli.BoolFlag{Name: flagAllTags, Usage: "copy all images of a repository that have a tag"},
		&cli.StringFlag{Name: flagTagFilter, Usage: "of --all-tags, those that fit `GLOB`, like 1.*"},
	}
	return append(own, without(pushFlags(), unusedByCopy...)...)
}

// unusedByCopy is what makes no sense for an image that stays as it is.
var unusedByCopy = []string{flagType, flagIgnoreMissing, flagKeepMissing, flagAttestations, flagAnnotation, flagAnnotations, flagStrict, flagAllowMismatch, flagAllowSame, flagReferrers}

func splitFlags() []cli.Flag {
	return without(pushFlags(), slices.Concat(unusedByCopy, []string{flagWait, flagRequire, flagByDigest, flagFailFast, flagCompress})...)
}

// without leaves out what makes no sense for a command.
func without(flags []cli.Flag, names ...string) []cli.Flag {
	return slices.DeleteFunc(flags, func(flag cli.Flag) bool { return slices.Contains(names, flag.Names()[0]) })
}

func fromSpecFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: flagPlatforms, Usage: "of all that FILE names, push only the images for this `LIST` of platforms"},
		&cli.StringFlag{Name: flagTemplateEngine, Usage: "render FILE first: `ENGINE` drone (as by itself for a *.tmpl with {{#)"},
	}
}

func fromArgsFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: flagPlatforms, Usage: "`LIST` of os/architecture[/variant]"},
		&cli.StringFlag{Name: flagTemplate, Usage: "`IMAGE` of each platform; OS, ARCH and VARIANT in it are replaced"},
		&cli.StringFlag{Name: flagTarget, Usage: "`IMAGE` to push to"},
		&cli.StringSliceFlag{Name: flagTags, Usage: "`LIST` of further tags"},
	}
}

func fromDigestsFlags() []cli.Flag {
	own := []cli.Flag{
		&cli.StringSliceFlag{Name: flagTarget, Usage: "`IMAGE` to push to; may repeat"},
		&cli.StringSliceFlag{Name: flagTags, Usage: "`LIST` of further tags"},
		&cli.StringFlag{Name: flagTagsJSON, Usage: "JSON of docker/metadata-action with names to push to: `FILE`, - for stdin, or env:NAME"},
		&cli.StringFlag{Name: flagRepo, Usage: "`REPOSITORY` of digests that name none", DefaultText: "that of the first target"},
		&cli.StringSliceFlag{Name: flagPlatforms, Usage: "push only the images for this `LIST` of platforms"},
	}
	return append(own, without(pushFlags(), flagKeepMissing)...) // no digest says for which platform it is
}

// draftFlags are those of all commands for drafts.
func draftFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: flagDrafts, Usage: "`DIR` with the drafts", DefaultText: "$XDG_STATE_HOME/manifest-tool/drafts, ~/.local/state/…"},
	}
}

func createFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: flagAmend, Aliases: []string{"a"}, Usage: "add to the draft, if there is one, instead of making it anew"},
		&cli.BoolFlag{Name: flagPush, Usage: "push it now; without --amend no draft is left behind"},
		&cli.StringFlag{Name: flagDraftFile, Aliases: []string{"o"}, Usage: "write the draft into `FILE` (- for stdout), for push from-spec"},
	}
}

func annotateFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: flagOS, Usage: "`OS` that the image is for"},
		&cli.StringFlag{Name: flagArch, Usage: "its `ARCHITECTURE`; x86_64, aarch64 and the like are understood"},
		&cli.StringFlag{Name: flagVariant, Usage: "its `VARIANT`, such as v7"},
		&cli.StringFlag{Name: flagOSVersion, Usage: "its `VERSION` of Windows; '' means none"},
		&cli.StringSliceFlag{Name: flagOSFeatures, Usage: "add a `LIST` of what it needs of the os; '' means none"},
		&cli.StringSliceFlag{Name: flagAnnotation, Usage: "annotate its entry in the index: `KEY=VALUE`, taken as it is"},
		&cli.BoolFlag{Name: flagAllowUnknown, Usage: "let an os or architecture pass that nobody knows"},
	}
}

func draftPushFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: flagPurge, Aliases: []string{"p"}, Usage: "remove the draft when it is pushed"},
		&cli.BoolFlag{Name: flagRefresh, Usage: "take what the images' tags hold now"},
	}
}

func inspectFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: flagFormat, Value: "text", Usage: "`FORMAT`: text, json, or raw for the registry's exact bytes"},
		&cli.StringFlag{Name: flagPlatform, Usage: "only the image for `OS/ARCHITECTURE[/VARIANT]`"},
		&cli.BoolFlag{Name: flagConfig, Usage: "add the images' configs, in --format json"},
		&cli.BoolFlag{Name: flagDraft, Usage: "show the draft of that name, whatever is on the registry"},
		&cli.BoolFlag{Name: flagRaw, Usage: "the JSON object of manifest-tool v2, for the scripts that read it"},
		&cli.BoolFlag{Name: flagExpand, Usage: "with the config of a single image in it, in --raw"},
	}
}

// dockerInspectFlags are those of manifest inspect, beside those of inspect.
func dockerInspectFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: flagVerbose, Aliases: []string{"v"}, Usage: "print each image with its reference, its descriptor and its manifest"},
	}
}

func authFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: flagOutput, Value: "text", Usage: "`FORMAT` of the result: text or json"},
	}
}
