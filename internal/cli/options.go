package cli

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

func globalOptionsOf(c *cli.Context) (run.GlobalOptions, error) {
	o := run.GlobalOptions{
		Debug:         c.Bool(flagDebug),
		Insecure:      c.Bool(flagInsecure),
		PlainHTTP:     c.Bool(flagPlainHTTP),
		Username:      c.String(flagUsername),
		Password:      c.String(flagPassword),
		PasswordGiven: c.IsSet(flagPassword),
		PasswordStdin: c.Bool(flagPasswordStdin),
		Creds:         c.StringSlice(flagCreds),
		DockerConfig:  c.String(flagDockerConfig),
		AuthFile:      c.String(flagAuthFile),
		Jobs:          c.Int(flagJobs),
		CAFile:        c.String(flagCAFile),
		CertFile:      c.String(flagCertFile),
		KeyFile:       c.String(flagKeyFile),
		Cache:         c.String(flagCache),
	}
	for flag, hosts := range map[string]*[]string{
		flagInsecureRegistry: &o.InsecureHosts, flagPlainHTTPRegistry: &o.PlainHosts, flagAllowRealm: &o.Realms,
	} {
		var err error
		if *hosts, err = hostsOf(c, flag); err != nil {
			return o, err
		}
	}
	var err error
	if o.Rates, err = ratesOf(c); err != nil {
		return o, err
	}
	switch {
	case (o.CertFile == "") != (o.KeyFile == ""):
		return o, output.Usagef("--cert-file requires --key-file, and --key-file requires --cert-file")
	case c.IsSet(flagCAFile) && o.CAFile == "":
		return o, output.Usagef("--ca-file is empty: is a variable not set?")
	case o.PasswordGiven && o.PasswordStdin:
		return o, output.Usagef("use --password or --password-stdin, not both")
	case o.Username == "" && (o.Password != "" || o.PasswordStdin):
		return o, output.Usagef("a password requires --username")
	case o.Jobs < 2:
		return o, output.Usagef("--jobs %d: give 2 or more, because a copy needs one request to read and one to write", o.Jobs)
	case c.IsSet(flagCache) && o.Cache == "":
		return o, output.Usagef("--cache is empty: is a variable not set?")
	case c.IsSet(flagDockerConfig) && o.DockerConfig == "":
		return o, output.Usagef("--docker-cfg is empty: is a variable not set?")
	case c.IsSet(flagAuthFile) && o.AuthFile == "":
		return o, output.Usagef("--authfile is empty: is a variable not set?")
	case o.AuthFile != "" && o.DockerConfig != "":
		return o, output.Usagef("use --authfile or --docker-cfg, not both")
	}
	return o, nil
}

func pushOptionsOf(c *cli.Context) (run.PushOptions, error) {
	global, err := globalOptionsOf(c)
	if err != nil {
		return run.PushOptions{}, err
	}
	o := run.PushOptions{
		GlobalOptions: global,
		Spec: spec.Options{
			Strict:               c.Bool(flagStrict),
			AllowUnknownPlatform: c.Bool(flagAllowUnknown),
			ByDigest:             c.Bool(flagByDigest),
			KeepMissing:          c.Bool(flagKeepMissing),
			PlatformTags:         c.String(flagPlatformTags),
			ArchNames:            words(c.StringSlice(flagArchNames)),
		},
		IgnoreMissing: c.Bool(flagIgnoreMissing),
		DryRun:        c.Bool(flagDryRun),
		Force:         c.Bool(flagForce),
		Verify:        c.Bool(flagVerify),
		FailFast:      c.Bool(flagFailFast),
		Strict:        c.Bool(flagStrict),
		AllowMismatch: c.Bool(flagAllowMismatch),
		AllowSame:     c.Bool(flagAllowSame),
		Referrers:     c.Bool(flagReferrers),
		Attest:        c.Bool(flagAttest),
		RecordSources: c.Bool(flagRecordSources),
		Compress:      c.IsSet(flagCompress),
		AsJSON:        isJSON(c),
		Lines:         c.String(flagOutput) == "jsonl",
		Quiet:         c.Bool(flagQuiet),

		DropAttestations: c.String(flagAttestations) == "drop",
		Progress:         progressOf(c),
		Wait:             c.Duration(flagWait),
		Files: output.FileOptions{
			Digest:   c.String(flagDigestFile),
			Metadata: c.String(flagMetadataFile),
			Attest:   c.String(flagAttestFile),
			Github:   c.Bool(flagGitHubOutput),
		},
	}
	if isPlan(c) {
		o.DryRun, o.FailFast, o.Progress, o.PlanFile = true, true, "none", c.String(flagPlanFile)
	}
	if err := checkPushOptions(c, o); err != nil {
		return o, err
	}
	if o.Require, err = platformsOf(c, flagRequire); err != nil {
		return o, err
	}
	if c.IsSet(flagType) {
		if o.Spec.Type, err = spec.ParseType(c.String(flagType)); err != nil {
			return o, output.Usagef("--%v", err)
		}
	}
	if o.Spec.Annotations, err = annotationsOf(c); err != nil {
		return o, err
	}
	return o, nil
}

// checkPushOptions refuses values that make no sense.
func checkPushOptions(c *cli.Context, o run.PushOptions) error {
	switch {
	case c.IsSet(flagWait) && o.Wait <= 0:
		return output.Usagef("--wait %s: give a time above zero, such as 90s or 10m", o.Wait)
	case c.IsSet(flagArchNames) && len(o.Spec.ArchNames) == 0:
		return emptyList(flagArchNames)
	case c.IsSet(flagPlatformTags) && o.Spec.PlatformTags == "":
		return output.Usagef("--platform-tags is empty: is a variable not set?")
	case c.IsSet(flagAttestFile) && o.Files.Attest == "":
		return emptyList(flagAttestFile)
	case o.Files.Attest != "" && !o.Attest:
		return output.Usagef("--attest-file requires --attest")
	case isPlan(c) && o.PlanFile == "":
		return output.Usagef("--plan-file is empty: is a variable not set?")
	case o.Spec.KeepMissing && o.Spec.ByDigest:
		return output.Usagef("use --keep-missing without --by-digest: --keep-missing reads the tag of the target")
	}
	return nil
}

// progressOf is how copying is shown. --quiet shows nothing, unless --progress asks for it.
func progressOf(c *cli.Context) string {
	if c.Bool(flagQuiet) && !c.IsSet(flagProgress) {
		return "none"
	}
	return c.String(flagProgress)
}

func annotationsOf(c *cli.Context) (spec.Annotations, error) {
	annotations, err := spec.ParseAnnotations(c.StringSlice(flagAnnotation), c.StringSlice(flagAnnotations))
	if err != nil {
		return annotations, output.Usage(err)
	}
	for _, a := range annotations.Images {
		if err := platforms.Check(a.Platform); err != nil && !c.Bool(flagAllowUnknown) {
			return annotations, output.Usagef("annotation %q: %v", a.Key, err)
		}
	}
	return annotations, nil
}

func isJSON(c *cli.Context) bool { return strings.HasPrefix(c.String(flagOutput), "json") }

func argsOf(c *cli.Context) (spec.Args, error) {
	var missing []string
	for _, name := range []string{flagPlatforms, flagTemplate, flagTarget} {
		if !c.IsSet(name) {
			missing = append(missing, "--"+name)
		}
	}
	if len(missing) > 0 {
		return spec.Args{}, output.Usagef("from-args requires %s", strings.Join(missing, ", "))
	}
	for _, name := range []string{flagPlatforms, flagTags} {
		if c.IsSet(name) && len(words(c.StringSlice(name))) == 0 {
			return spec.Args{}, emptyList(name)
		}
	}
	return spec.Args{
		Platforms: words(c.StringSlice(flagPlatforms)),
		Template:  c.String(flagTemplate),
		Target:    c.String(flagTarget),
		Tags:      words(c.StringSlice(flagTags)),
	}, nil
}

// digestsOf returns what the flags of from-digests say, without the inputs.
func digestsOf(c *cli.Context) (spec.Digests, error) {
	for _, name := range []string{flagTarget, flagTags} {
		if c.IsSet(name) && len(words(c.StringSlice(name))) == 0 {
			return spec.Digests{}, emptyList(name)
		}
	}
	for _, name := range []string{flagRepo, flagTagsJSON} {
		if c.IsSet(name) && c.String(name) == "" {
			return spec.Digests{}, emptyList(name)
		}
	}
	return spec.Digests{
		Repository: c.String(flagRepo),
		Targets:    words(c.StringSlice(flagTarget)),
		Tags:       words(c.StringSlice(flagTags)),
	}, nil
}

func inspectOptionsOf(c *cli.Context) (run.InspectOptions, error) {
	global, err := globalOptionsOf(c)
	o := run.InspectOptions{
		GlobalOptions: global,
		Format:        c.String(flagFormat),
		Platform:      c.String(flagPlatform),
		For:           c.String(flagFor),
		Digests:       c.Bool(flagDigests),
		Blobs:         c.Bool(flagBlobs),
		Referrers:     c.Bool(flagReferrers),
		Statements:    c.Bool(flagStatements),
		Config:        c.Bool(flagConfig),
		Raw:           c.Bool(flagRaw),
		Expand:        c.Bool(flagExpand),
		Draft:         c.Bool(flagDraft),
	}
	if err == nil {
		o.Drafts, err = draftsOf(c)
	}
	if err == nil && isTemplate(o.Format) {
		o.Template, err = output.ParseTemplate(strings.TrimPrefix(o.Format, templatePrefix))
		o.Format = "template"
	}
	switch {
	case err != nil:
	case o.Raw && c.IsSet(flagFormat):
		err = output.Usagef("use --raw or --format, not both: --raw prints the JSON of manifest-tool v2, --format raw the bytes of the registry")
	case o.Expand && !o.Raw:
		err = output.Usagef("--expand-config requires --raw; with --format json, use --config")
	case o.Draft && !o.IsPlain() && (o.Format != "raw" || o.Platform != ""):
		err = output.Usagef("--draft prints a draft as text, or with --format raw as a file: remove the other flags")
	case c.IsSet(flagFor) && o.For == "":
		err = emptyList(flagFor)
	case o.For != "" && (o.Platform != "" || o.Raw || o.Draft || o.Config):
		err = output.Usagef("--for is the choice of containerd: use it without --platform, --raw, --config and --draft")
	case o.Digests && (o.Format != "text" || o.Raw || o.For != "" || o.Draft):
		err = output.Usagef("--digests prints lines: use it without --format, --raw, --for and --draft")
	case o.Blobs && !o.Digests:
		err = output.Usagef("--blobs requires --digests")
	case o.Referrers && (o.Raw || o.For != "" || !slices.Contains([]string{"text", "tree", "json"}, o.Format)):
		err = output.Usagef("--referrers is for --format text, tree and json, and for --digests")
	case o.Statements && (o.Raw || o.For != "" || o.Digests || !slices.Contains([]string{"text", "tree", "json"}, o.Format)):
		err = output.Usagef("--statements is for --format text, tree and json")
	case o.Config && o.Format != "json":
		err = output.Usagef("--config requires --format json; --format config prints the config alone")
	}
	return o, err
}

// checkSeveral refuses several images where only one can be shown.
func checkSeveral(n int, o run.InspectOptions) error {
	switch {
	case n == 0:
		return output.Usagef("IMAGE is missing: the image to show")
	case n > 1 && (o.Raw || o.Format == "raw" || o.Format == "config"):
		return output.Usagef("there are %d images, but the exact bytes of only one can be printed: give one image, or use --format json", n)
	}
	return nil
}

// templatePrefix is in front of a template that would be one of the words of --format. Docker's --format takes the
// template alone.
const templatePrefix = "go-template="

func isTemplate(format string) bool {
	return strings.HasPrefix(format, templatePrefix) || strings.Contains(format, "{{")
}
