package spec

import (
	"fmt"
	"path"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
)

// skopeoSync reads a YAML file of skopeo sync.
func (c *converter) skopeoSync(root *yaml.Node) {
	c.targets = map[Reference]int{}
	if c.o.Target == "" {
		c.problem(nil, "the file of skopeo sync does not name the destination: use --target REGISTRY[/NAMESPACE]")
		return
	}
	for _, f := range c.fields(root, "the file") {
		c.skopeoRegistry(f.key.Value, f.value)
	}
	if c.lines == nil && c.problems == nil {
		c.problem(root, "the file names no images: there is nothing to copy")
	}
	c.say(nil, "images are copied for all platforms, as by skopeo sync --all")
}

func (c *converter) skopeoRegistry(host string, n *yaml.Node) {
	repositories := func(what string, read func(name string, at, value *yaml.Node)) func(*yaml.Node) {
		return func(n *yaml.Node) {
			for _, f := range c.fields(n, what) {
				if c.isFull() {
					return
				}
				read(host+"/"+f.key.Value, f.key, f.value)
			}
		}
	}
	c.mapping(n, "the registry "+excerpt.Of(host), keys{
		"images":              repositories("images", c.skopeoImages),
		"images-by-tag-regex": repositories("images-by-tag-regex", c.skopeoPattern),
		"images-by-semver": repositories("images-by-semver", func(name string, at, value *yaml.Node) {
			c.comment(at, name, c.skopeoTarget(name), fmt.Sprintf("the versions %s: name the tags, or use copy --all-tags with --tag-filter", excerpt.Of(c.word(value, "images-by-semver"))))
		}),
		"credentials": func(n *yaml.Node) {
			c.lost(n, "credentials: log in with manifest-tool auth login, or use a credential helper")
		},
		"cert-dir": func(n *yaml.Node) { c.lost(n, "cert-dir: put the certificates into certs.d, or use --ca-file") },
		"tls-verify": func(n *yaml.Node) {
			if !c.isOn(n, "tls-verify") {
				c.lost(n, "tls-verify: use --insecure-registry %s, or --plain-http-registry %s for plain http", host, host)
			}
		},
	}, nil)
}

// skopeoTarget is where an image goes: its last name behind the target, or with Scoped its whole name.
func (c *converter) skopeoTarget(name string) string {
	if !c.o.Scoped {
		name = path.Base(name)
	} else if ref, err := ParseReference(name); err == nil {
		name = ref.Place.String() // docker.io/library/busybox
	}
	return strings.TrimSuffix(c.o.Target, "/") + "/" + name
}

// skopeoImages adds a line for each tag of a repository.
func (c *converter) skopeoImages(name string, at, value *yaml.Node) {
	tags := c.list(value, "images")
	if len(tags) == 0 {
		c.tags(at, name, c.skopeoTarget(name), "all tags", "", pairOptions{})
	}
	for _, item := range tags {
		if c.isFull() {
			return
		}
		separator, tag := ":", c.word(item, "a tag")
		if strings.HasPrefix(tag, "sha256:") {
			c.comment(item, name+"@"+tag, c.skopeoTarget(name), "an image with a digest and without a tag: add a tag to the target, or use copy --by-digest")
			continue
		}
		c.pair(item, name+separator+tag, c.skopeoTarget(name)+separator+tag, pairOptions{})
	}
}

// skopeoPattern adds a command for the tags in which an expression is found.
func (c *converter) skopeoPattern(name string, at, value *yaml.Node) {
	expression := c.word(value, "images-by-tag-regex")
	whole := expression
	if !strings.HasPrefix(whole, "^") {
		whole = ".*" + whole
	}
	if !strings.HasSuffix(whole, "$") {
		whole += ".*"
	}
	glob, ok := globOf(whole)
	if !ok {
		c.comment(at, name, c.skopeoTarget(name), fmt.Sprintf("the tags %s: --tag-filter has no pattern for that: write a line for each tag (manifest-tool ls lists them)", excerpt.Of(expression)))
		return
	}
	c.tags(at, name, c.skopeoTarget(name), "the tags "+excerpt.Of(expression), fmt.Sprintf(" --tag-filter '%s'", glob), pairOptions{})
}
