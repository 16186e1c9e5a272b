package layout

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// containerdName is the annotation for the full name in containerd, BuildKit and docker.
const containerdName = "io.containerd.image.name"

const defaultName = "latest"

// checkName returns an error for a name that cannot be written.
func checkName(name string) error {
	if err := spec.CheckLayoutName(name); err != nil {
		return registry.Errorf(registry.ErrInvalid, "%w", err)
	}
	return nil
}

// A Choice is an image that a name may refer to.
type Choice struct {
	ID       string // identifies the image
	Name     string // org.opencontainers.image.ref.name
	FullName string // io.containerd.image.name, or a RepoTag of docker
}

// choose returns the images that a name refers to. An exact match comes first, then a full name that ends in this
// tag, then the name of containerd or docker. No name means the only image, else the image named "latest". The
// result has several images only if they share all names.
func choose(images []Choice, name string) ([]int, error) {
	if name == "" {
		if found := only(images); found != nil {
			return found, nil
		}
		name = defaultName
	}
	ways := []func(Choice) bool{
		func(c Choice) bool { return c.Name == name },
		func(c Choice) bool { return tagOf(c.Name) == name },
		func(c Choice) bool { return c.FullName == name || tagOf(c.FullName) == name },
		func(c Choice) bool { return c.FullName != "" && canonical(c.FullName) == canonical(name) },
	}
	for _, matches := range ways {
		found := distinct(images, matches)
		switch {
		case len(found) == 0:
		case len(found) == 1 || sameNames(images, found):
			return found, nil
		default:
			return nil, registry.Errorf(registry.ErrUnverified, "the name %s is ambiguous, several images have it: %s", quote(name), list(at(images, found), Choice.describe))
		}
	}
	return nil, registry.Errorf(registry.ErrNotFound, "no image has the name %s; available: %s", quote(name), list(images, Choice.String))
}

// only returns the only image. Images that share their names count as one.
func only(images []Choice) []int {
	found := distinct(images, func(c Choice) bool { return !spec.IsAboutImage(c.Name) })
	if len(found) == 1 || len(found) > 1 && images[found[0]].names() != (Choice{}) && sameNames(images, found) {
		return found
	}
	return nil
}

// distinct returns the images that match, each ID once.
func distinct(images []Choice, matches func(Choice) bool) (found []int) {
	seen := map[string]bool{}
	for i, c := range images {
		if matches(c) && !seen[c.ID] {
			seen[c.ID] = true
			found = append(found, i)
		}
	}
	return found
}

// sameNames reports whether images share both names. One tag is not enough, because images of two repositories may
// have it.
func sameNames(images []Choice, found []int) bool {
	for _, i := range found {
		if images[i].names() != images[found[0]].names() {
			return false
		}
	}
	return true
}

// names returns the Choice without its ID.
func (c Choice) names() Choice {
	if c.FullName != "" {
		c.FullName = canonical(c.FullName)
	}
	return Choice{Name: c.Name, FullName: c.FullName}
}

func at(images []Choice, found []int) (some []Choice) {
	for _, i := range found {
		some = append(some, images[i])
	}
	return some
}

// canonical completes a name like docker: app becomes docker.io/library/app:latest.
func canonical(name string) string {
	host, _, ok := strings.Cut(name, "/")
	switch {
	case !ok:
		name = "docker.io/library/" + name
	case !strings.ContainsAny(host, ".:") && host != "localhost":
		name = "docker.io/" + name
	}
	if tagOf(name) == "" && !strings.Contains(name, "@") {
		name += ":" + defaultName
	}
	return name
}

// tagOf returns the tag of a full name, or "".
func tagOf(name string) string {
	name, _, _ = strings.Cut(name, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		return name[i+1:]
	}
	return ""
}

// String returns the name of an image for messages.
func (c Choice) String() string {
	switch {
	case c.Name != "":
		return quote(c.Name)
	case c.FullName != "":
		return quote(c.FullName)
	}
	return fmt.Sprintf("%s without a name", quote(c.ID))
}

func (c Choice) describe() string { return fmt.Sprintf("%s named %s", quote(c.ID), c) }

// list joins the names of images for a message, up to a limit.
func list(images []Choice, word func(Choice) string) string {
	const most = 10
	var words []string
	for i, c := range images {
		if i == most {
			return strings.Join(words, ", ") + fmt.Sprintf(" and %d more", len(images)-most)
		}
		words = append(words, word(c))
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// quote makes text of a file fit for a message: without control characters, and not too long.
func quote(s string) string {
	const most = 200
	if len(s) > most {
		return strconv.QuoteToASCII(s[:most]) + "..."
	}
	return strconv.QuoteToASCII(s)
}
