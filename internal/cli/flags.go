package cli

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/spec"
)

// globalFlags can be given to every command.
func globalFlags() []cli.Flag {
	return append([]cli.Flag{
		&cli.BoolFlag{Name: flagDebug, Category: help.Output, Usage: "print each request on stderr"},
	}, connectionFlags()...)
}

// connectionFlags are printed by "help connection" only.
func connectionFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: flagInsecure, Category: help.Connection, Usage: "accept any certificate, and plain http if a registry has no TLS"},
		&cli.StringSliceFlag{Name: flagInsecureRegistry, Category: help.Connection, Usage: "`HOST[:PORT],...` use --insecure for these hosts only"},
		&cli.BoolFlag{Name: flagPlainHTTP, Category: help.Connection, Usage: "use plain http for all registries"},
		&cli.StringSliceFlag{Name: flagPlainHTTPRegistry, Category: help.Connection, Usage: "`HOST[:PORT],...` use --plain-http for these hosts only"},
		&cli.StringFlag{Name: flagCAFile, Category: help.Connection, Usage: "`FILE` trust the CA certificates in FILE too"},
		&cli.StringFlag{Name: flagCertFile, Category: help.Connection, Usage: "`FILE` show this client certificate to the main registry"},
		&cli.StringFlag{Name: flagKeyFile, Category: help.Connection, Usage: "`FILE` use the private key in FILE with --cert-file"},
		&cli.StringSliceFlag{Name: flagAllowRealm, Category: help.Connection, Usage: "`HOST[:PORT],...` allow a token server or a redirect on these hosts"},
		&cli.IntFlag{Name: flagJobs, Category: help.Connection, Value: 32, Usage: "`N` send at most N requests at a time to a registry"},
		&cli.StringSliceFlag{Name: flagRate, Category: help.Connection, Usage: "`[HOST=]RATE` keep requests to each registry, or HOST, to RATE, such as 300/m"},
		&cli.StringFlag{Name: flagCache, Category: help.Connection, Usage: "`DIR` keep manifests and configs in DIR for later runs"},
		&cli.DurationFlag{Name: flagTimeout, Category: help.Connection, Usage: "`DURATION` stop the run after DURATION, with exit code 7", DefaultText: "no limit"},

		&cli.StringFlag{Name: flagUsername, Category: help.Login, Usage: "`[HOST=]NAME` log in as NAME at the main registry, or at HOST"},
		&cli.BoolFlag{Name: flagPasswordStdin, Category: help.Login, Usage: "read the password of --username from stdin, or ask for it on a terminal"},
		&cli.StringFlag{Name: flagPassword, Category: help.Login, Usage: "`PASSWORD` use PASSWORD; other local users can see it"},
		&cli.StringSliceFlag{Name: flagCreds, Category: help.Login, Usage: "`[HOST=]USER:PASSWORD` log in at the main registry, or at HOST; other local users can see the password"},
		&cli.StringFlag{Name: flagDockerConfig, Category: help.Login, Usage: "`FILE|DIR` read credentials from this docker config only"},
		&cli.StringFlag{Name: flagAuthFile, Category: help.Login, Usage: "`FILE` read credentials from this file of podman or skopeo only"},
	}
}

// pushFlags are those of all ways to push. What is the name of the group of flags that choose the content.
func pushFlags(what string) []cli.Flag {
	return []cli.Flag{
		typeFlag(what),
		&cli.BoolFlag{Name: flagIgnoreMissing, Category: what, Usage: "skip images that do not exist; one has to exist"},
		&cli.BoolFlag{Name: flagKeepMissing, Category: what, Usage: "keep the target's image if a new one is missing"},
		&cli.DurationFlag{Name: flagWait, Category: what, Usage: "`DURATION` wait up to DURATION, such as 10m, for missing images", DefaultText: "no wait"},
		help.NewChoice(flagAttestations, what, "keep or drop attestations", "keep", "drop"),
		&cli.BoolFlag{Name: flagReferrers, Category: what, Usage: "push signatures and other referrers of the images"},
		&cli.BoolFlag{Name: flagAttest, Category: what, Usage: "attach provenance: who assembled the index, and from what"},
		&cli.BoolFlag{Name: flagRecordSources, Category: what, Usage: "annotate entries with their sources, for manifest-tool outdated"},
		&cli.StringSliceFlag{Name: flagAnnotation, Category: what, Usage: "`KEY=VALUE` annotate the index, or its entries with manifest-descriptor[linux/arm64]:KEY=VALUE"},
		&cli.StringSliceFlag{Name: flagAnnotations, Category: what, Usage: "`KEY=VALUE,...` annotate the index with a list"},
		help.NewChoice(flagCompress, what, "compress uncompressed layers of docker archives", "gzip"),

		&cli.StringFlag{Name: flagPlatformTags, Category: help.Target, Usage: "`TEMPLATE` tag each image too, such as TAG-ARCH"},
		&cli.StringSliceFlag{Name: flagArchNames, Category: help.Target, Usage: "`ARCH=NAME,...` write NAME for ARCH in templates"},
		&cli.BoolFlag{Name: flagByDigest, Category: help.Target, Usage: "push by digest, and move no tag"},
		&cli.BoolFlag{Name: flagForce, Category: help.Target, Usage: "write unchanged blobs and tags too"},
		&cli.BoolFlag{Name: flagFailFast, Category: help.Target, Usage: "stop at all targets if one target fails"},

		&cli.BoolFlag{Name: flagDryRun, Category: help.Checks, Usage: "print the index, and write nothing"},
		&cli.StringSliceFlag{Name: flagRequire, Category: help.Checks, Usage: "`PLATFORM,...` fail if the index lacks one of these platforms"},
		&cli.BoolFlag{Name: flagVerify, Category: help.Checks, Usage: "read all content back before a tag moves"},
		&cli.BoolFlag{Name: flagStrict, Category: help.Checks, Usage: "fail on unknown keys, wrong platforms, and platforms that a tag would lose"},
		&cli.BoolFlag{Name: flagAllowUnknown, Category: help.Checks, Usage: "accept an unknown os or architecture"},
		&cli.BoolFlag{Name: flagAllowMismatch, Category: help.Checks, Usage: "accept an image whose config has another platform"},
		&cli.BoolFlag{Name: flagAllowSame, Category: help.Checks, Usage: "accept several images for one platform"},

		help.NewChoice(flagOutput, help.Output, "print the result as text or JSON; jsonl is for many images", "text", "json", "jsonl"),
		&cli.BoolFlag{Name: flagQuiet, Aliases: []string{"q"}, Category: help.Output, Usage: "print only warnings and errors on stderr"},
		help.NewChoice(flagProgress, help.Output, "show progress on stderr", "auto", "plain", "none"),

		&cli.StringFlag{Name: flagAttestFile, Category: help.CI, Usage: "`FILE` with --attest, write the predicate for cosign attest to FILE"},
		&cli.StringFlag{Name: flagDigestFile, Category: help.CI, Usage: "`FILE` write the digest to FILE"},
		&cli.StringFlag{Name: flagMetadataFile, Category: help.CI, Usage: "`FILE` write JSON with the keys of buildx to FILE"},
		&cli.BoolFlag{Name: flagGitHubOutput, Category: help.CI, Usage: "set step outputs and summary of GitHub Actions"},
	}
}

func typeFlag(what string) cli.Flag {
	return orEmpty(help.NewChoice(flagType, what, "make a Docker list or OCI index", string(spec.Auto), string(spec.Docker), string(spec.OCI)))
}

// orEmpty lets a flag have an empty value, as in a script whose variable is not set.
func orEmpty(flag *help.Choice) cli.Flag {
	check := flag.Action
	flag.Action = func(c *cli.Context, value string) error {
		if value == "" {
			return nil
		}
		return check(c, value)
	}
	return flag
}

// without leaves out what makes no sense for a command.
func without(flags []cli.Flag, names ...string) []cli.Flag {
	return slices.DeleteFunc(flags, func(flag cli.Flag) bool { return slices.Contains(names, nameOf(flag)) })
}
