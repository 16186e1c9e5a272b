package spec

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"gopkg.in/yaml.v3"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
	"github.com/manifest-tool/manifest-tool/internal/nearest"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// regsync reads a configuration of regsync.
func (c *converter) regsync(root *yaml.Node) {
	c.targets, c.hosts = map[Reference]int{}, map[string][]string{}
	var entries []*yaml.Node
	settings, defaults := keys{}, syncSettings{unlike: map[string]string{}}
	c.regsyncSettings(settings, &defaults)
	c.mapping(root, "the configuration", keys{
		"version": func(n *yaml.Node) {
			if version := c.word(n, "version"); version != "1" {
				c.problem(n, "version %q: only version 1 is known", excerpt.Of(version))
			}
		},
		"creds":    c.regsyncLogins,
		"defaults": func(n *yaml.Node) { c.mapping(n, "defaults", settings, nil) },
		"sync":     func(n *yaml.Node) { entries = c.list(n, "sync") },
	}, nil)
	for _, entry := range entries {
		if c.isFull() {
			break
		}
		c.regsyncEntry(entry, defaults)
	}
	if c.lines == nil && c.problems == nil {
		c.problem(root, "sync is empty: there is nothing to copy")
	}
	c.checkShared()
}

// regsyncLogins reads how registries are reached. The values of logins are not read.
func (c *converter) regsyncLogins(n *yaml.Node) {
	hasLogin := false
	login := func(*yaml.Node) { hasLogin = true }
	for _, entry := range c.list(n, "creds") {
		var host, tls string
		var tlsAt *yaml.Node
		known := keys{
			"registry": func(n *yaml.Node) { host = c.word(n, "registry") },
			"tls":      func(n *yaml.Node) { tlsAt, tls = n, strings.ToLower(c.word(n, "tls")) },
			"user":     login, "pass": login, "token": login, "credHelper": login, "credExpire": login, "credHost": login, "repoAuth": login,
		}
		for key, instead := range map[string]string{
			"regcert":    "put the certificate into certs.d, or use --ca-file",
			"clientCert": "put the certificate into certs.d, or use --cert-file",
			"clientKey":  "put the key into certs.d, or use --key-file",
			"hostname":   "requests go to the host in the name of the image",
			"pathPrefix": "requests are for the repository in the name of the image",
			"mirrors":    "mirrors are not asked",
			"reqPerSec":  "use --rate",
		} {
			known[key] = func(n *yaml.Node) { c.lost(n, "%s: %s", key, instead) }
		}
		for key, instead := range map[string]string{
			"priority":      "mirrors are not asked",
			"reqConcurrent": "see --jobs",
			"blobChunk":     "how blobs are uploaded cannot be changed",
			"blobMax":       "how blobs are uploaded cannot be changed",
			"api":           "the API is detected",
			"apiOpts":       "the API is detected",
			"scheme":        "tls counts",
		} {
			known[key] = func(n *yaml.Node) { c.say(n, "%s is not needed: %s", key, instead) }
		}
		c.mapping(entry, "an entry of creds", known, nil)
		switch {
		case tls == "", tls == "enabled":
		case tls != "disabled" && tls != "insecure":
			c.lost(tlsAt, "tls: expected enabled, insecure or disabled, found %q", excerpt.Of(tls))
		case !hostGrammar().MatchString(host):
			c.lost(tlsAt, "tls: %s: %q is no host: use --%s HOST", tls, excerpt.Of(host), hostFlags[tls])
		case !slices.Contains(c.hosts[tls], host):
			c.hosts[tls] = append(c.hosts[tls], host)
		}
	}
	if hasLogin {
		c.lost(n, "creds: log in with manifest-tool auth login, or use a credential helper")
	}
}

// syncSettings are the settings that say what a copy is.
type syncSettings struct {
	platforms             string
	referrers, digestTags bool
	unlike                map[string]string // by its key, what the copy would be without a setting that copies lack
}

// options are the options of copy for these settings.
func (s syncSettings) options() pairOptions {
	o := pairOptions{platforms: s.platforms, referrers: s.referrers || s.digestTags}
	var unlike []string
	for _, key := range slices.Sorted(maps.Keys(s.unlike)) {
		if o.referrers || !strings.HasPrefix(key, "referrer") {
			unlike = append(unlike, s.unlike[key])
		}
	}
	o.unlike = strings.Join(unlike, "; ")
	return o
}

// regsyncSettings are the keys that defaults and entries have in common. What is said of them is how to get the same
// here.
func (c *converter) regsyncSettings(settings keys, with *syncSettings) {
	for key, instead := range map[string]string{
		"backup":    "copies keep no backup: tag the old image first, with manifest-tool tag",
		"interval":  "copies run once: run them by cron or a scheduled pipeline",
		"schedule":  "copies run once: run them by cron or a scheduled pipeline",
		"ratelimit": "copies do not wait for a number of pulls that is left: --rate 300/m limits the requests",
		"hooks":     "no commands are run: run them before or after the copies",
	} {
		settings[key] = func(n *yaml.Node) { c.lost(n, "%s: %s", key, instead) }
	}
	unlike := func(n *yaml.Node, key, otherwise string) {
		c.lost(n, "%s: %s: the copies that this concerns are comments in the list", key, otherwise)
		with.unlike[key] = key + ": " + otherwise
	}
	for key, otherwise := range map[string]string{
		"referrerFilters": "all referrers would be copied",
		"referrerSource":  "referrers would come from the repository of the image",
		"referrerTarget":  "referrers would go to the repository of the image",
	} {
		settings[key] = func(n *yaml.Node) { unlike(n, key, otherwise) }
	}
	settings["mediaTypes"] = func(n *yaml.Node) {
		switch listed := c.words(n, "mediaTypes"); {
		case len(listed) == 0: // the defaults count
		case containsAll(listed, imageTypes):
			delete(with.unlike, "mediaTypes")
			c.say(n, "mediaTypes is not needed: images of all media types are copied")
		default:
			unlike(n, "mediaTypes", "images of all media types would be copied")
		}
	}
	for key, instead := range map[string]string{
		"parallel":         "many images are copied at a time: see --jobs",
		"fastCheck":        "the digests are compared first",
		"forceRecursive":   "see --force",
		"referrerSlow":     "the API for referrers and its fallback are both used",
		"blobLimit":        "blobs of all sizes are copied",
		"cacheCount":       "see --cache",
		"cacheTime":        "see --cache",
		"skipDockerConfig": "see --docker-cfg",
		"userAgent":        "the name of the client cannot be changed",
	} {
		settings[key] = func(n *yaml.Node) { c.say(n, "%s is not needed: %s", key, instead) }
	}
	settings["referrers"] = func(n *yaml.Node) { with.referrers = c.isOn(n, "referrers") }
	settings["digestTags"] = func(n *yaml.Node) { with.digestTags = c.isOn(n, "digestTags") }
	settings["includeExternal"] = func(n *yaml.Node) {
		if delete(with.unlike, "includeExternal"); c.isOn(n, "includeExternal") {
			unlike(n, "includeExternal", "layers with urls would stay where they are")
		}
	}
}

// isOn reads a switch.
func (c *converter) isOn(n *yaml.Node, key string) bool {
	switch word := strings.ToLower(c.word(n, key)); word {
	case "true", "yes", "on":
		return true
	case "false", "no", "off":
	default:
		c.problem(n, "%s: expected true or false, found %q", key, excerpt.Of(word))
	}
	return false
}

// A syncEntry is what regsync copies at once.
type syncEntry struct {
	source, target string
	kind           string
	at, kindAt     *yaml.Node
	tagSets        []tagSet
	repositories   bool
	with           pairOptions
}

// imageTypes are the media types that regsync copies without the setting mediaTypes.
var imageTypes = []types.MediaType{types.DockerManifestSchema2, types.DockerManifestList, types.OCIManifestSchema1, types.OCIImageIndex}

func containsAll(listed []string, all []types.MediaType) bool {
	return !slices.ContainsFunc(all, func(t types.MediaType) bool { return !slices.Contains(listed, string(t)) })
}

// A tagSet selects tags of a repository, by regular expressions for whole tags.
type tagSet struct {
	allow, deny []string
	ranges      bool // semver ranges
	at          *yaml.Node
}

func (c *converter) regsyncEntry(n *yaml.Node, defaults syncSettings) {
	e, settings := syncEntry{at: n, kindAt: n}, defaults
	settings.unlike = maps.Clone(defaults.unlike)
	known := keys{
		"source": func(n *yaml.Node) { e.at, e.source = n, c.regsyncName(n, "source") },
		"target": func(n *yaml.Node) { e.target = c.regsyncName(n, "target") },
		"type":   func(n *yaml.Node) { e.kindAt, e.kind = n, c.word(n, "type") },
		"tags":   func(n *yaml.Node) { e.tagSets = append(e.tagSets, c.tagSet(n)) },
		"tagSets": func(n *yaml.Node) {
			for _, set := range c.list(n, "tagSets") {
				e.tagSets = append(e.tagSets, c.tagSet(set))
			}
		},
		"repos": func(*yaml.Node) { e.repositories = true },
		"platform": func(n *yaml.Node) {
			word := excerpt.Of(c.word(n, "platform"))
			c.lost(n, "platform: the copies are comments in the list: name the image for %s by its digest, as IMAGE@DIGEST (manifest-tool inspect IMAGE shows the digests)", word)
			settings.unlike["platform"] = fmt.Sprintf("platform %s: name the image for this platform by its digest, as IMAGE@DIGEST", word)
		},
		"platforms": func(n *yaml.Node) {
			for _, item := range c.list(n, "platforms") {
				p, err := platforms.Parse(c.word(item, "platforms"))
				if c.wrong(item, err); err == nil {
					settings.platforms = strings.TrimPrefix(settings.platforms+","+platforms.Normalise(p).String(), ",")
				}
			}
		},
	}
	c.regsyncSettings(known, &settings)
	if c.mapping(n, "an entry of sync", known, nil) == nil {
		return
	}
	e.with = settings.options()
	switch {
	case e.source == "" || e.target == "":
		c.problem(n, "source and target are needed")
	case e.kind == "image":
		c.pair(e.at, e.source, e.target, e.with)
	case e.kind == "repository":
		c.regsyncRepository(e)
	case e.kind == "registry":
		c.comment(e.at, e.source, e.target, "the repositories of a registry are not listed: write a line for each image, or copy --all-tags for each repository")
	default:
		c.problem(e.kindAt, "type %q: expected image, repository or registry%s", excerpt.Of(e.kind), nearest.DidYouMean(excerpt.Of(e.kind), "image", "repository", "registry"))
	}
}

// regsyncName reads the name of an image. A layout has the scheme ocidir.
func (c *converter) regsyncName(n *yaml.Node, key string) string {
	word := c.word(n, key)
	if path, ok := strings.CutPrefix(word, "ocidir://"); ok {
		return OCILayout.String() + ":" + path
	}
	return word
}

func (c *converter) tagSet(n *yaml.Node) (set tagSet) {
	set.at = n
	c.mapping(n, "tags", keys{
		"allow":       func(n *yaml.Node) { set.allow = c.words(n, "allow") },
		"deny":        func(n *yaml.Node) { set.deny = c.words(n, "deny") },
		"semverRange": func(n *yaml.Node) { set.ranges = len(c.list(n, "semverRange")) > 0 },
	}, nil)
	return set
}

// regsyncRepository adds a line for each tag that is named, and a command for the patterns.
func (c *converter) regsyncRepository(e syncEntry) {
	if e.tagSets == nil {
		c.tags(e.at, e.source, e.target, "all tags", "", e.with)
	}
	for _, set := range e.tagSets {
		deny, err := wholeMatch(set.deny)
		if err != nil {
			c.problem(set.at, "deny: %v", err)
			return
		}
		if set.ranges {
			c.comment(set.at, e.source, e.target, "ranges of versions: name the tags, or use copy --all-tags with --tag-filter")
		}
		if len(set.allow) == 0 && !set.ranges {
			c.regsyncPattern(e, set, ".*")
		}
		for _, allowed := range set.allow {
			if tag := tagOf(allowed); c.isFull() {
				return
			} else if tag == "" {
				c.regsyncPattern(e, set, allowed)
			} else if deny == nil || !deny.MatchString(tag) {
				c.pair(set.at, e.source+":"+tag, e.target+":"+tag, e.with)
			}
		}
	}
}

// tagOf is the tag that is meant by an expression, if it is one: 1.0 and 1\.0 are both this tag, although the first also
// fits 1x0.
func tagOf(expression string) string {
	if CheckTag(expression) == nil {
		return expression
	}
	if glob, ok := globOf(expression); ok && CheckTag(glob) == nil {
		return glob
	}
	return ""
}

// regsyncPattern adds a command for the tags that an expression takes.
func (c *converter) regsyncPattern(e syncEntry, set tagSet, allowed string) {
	glob, ok := globOf(allowed)
	switch {
	case len(set.deny) > 0:
		c.comment(set.at, e.source, e.target, fmt.Sprintf("the tags %s without %s: --tag-filter has no exceptions: write a line for each tag (manifest-tool ls lists them)", excerpt.Of(allowed), excerpt.Of(strings.Join(set.deny, ", "))))
	case !ok:
		c.comment(set.at, e.source, e.target, fmt.Sprintf("the tags %s: --tag-filter has no pattern for that: write a line for each tag (manifest-tool ls lists them)", excerpt.Of(allowed)))
	case glob == "*":
		c.tags(set.at, e.source, e.target, "all tags", "", e.with)
	default:
		c.tags(set.at, e.source, e.target, "the tags "+excerpt.Of(allowed), fmt.Sprintf(" --tag-filter '%s'", glob), e.with)
	}
}

// maxExpressions limits the bytes of all expressions that are compiled at once. Some bytes can make a thousand states.
const maxExpressions = 4 << 10

// wholeMatch compiles expressions for whole tags into one, or nil for none.
func wholeMatch(expressions []string) (*regexp.Regexp, error) {
	switch joined := strings.Join(expressions, "|"); {
	case len(expressions) == 0:
		return nil, nil
	case len(joined) > maxExpressions:
		return nil, fmt.Errorf("the expressions are longer than the limit of %d KiB", maxExpressions>>10)
	}
	alternatives := slices.Clone(expressions)
	for i, e := range alternatives {
		if _, err := regexp.Compile(e); err != nil {
			return nil, fmt.Errorf("%q is no regular expression: %w", excerpt.Of(e), err)
		}
		alternatives[i] = "(?:" + e + ")"
	}
	return regexp.Compile("^(?:" + strings.Join(alternatives, "|") + ")$")
}
