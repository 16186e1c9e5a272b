package spec

import (
	"fmt"
	"path/filepath"
	"strings"
)

// parseOnDisk parses the text after the word of a kind. The first single colon ends the path, as in other
// tools, so that a name may hold slashes and colons.
func parseOnDisk(s string, kind Kind, rest string) (Reference, error) {
	ref := Reference{Place: Place{Kind: kind}}
	rest, digest, pinned := cutDigest(rest)
	if pinned {
		hash, err := parseDigest(digest)
		if err != nil {
			return Reference{}, fmt.Errorf("image %q: %w", s, err)
		}
		ref.Digest = hash
	}
	path, tag, named := cutPath(rest)
	if named {
		if err := CheckLayoutName(tag); err != nil && !(kind == DockerArchive && isImageName(tag)) {
			return Reference{}, fmt.Errorf("image %q: %w", s, err)
		}
		ref.Tag = tag
	}
	if path == "" {
		return Reference{}, fmt.Errorf("image %q: the path is missing: %s:%s[:TAG]", s, kind, kind.what())
	}
	ref.Place.Path = filepath.Clean(path)
	return ref, nil
}

const digestMark = "@sha256:"

// cutDigest cuts a text at the first digest. A mark with two colons belongs to a path.
func cutDigest(s string) (before, digest string, found bool) {
	for i := 0; ; {
		n := strings.Index(s[i:], digestMark)
		if n < 0 {
			return s, "", false
		}
		end := i + n + len(digestMark)
		if !strings.HasPrefix(s[end:], ":") {
			return s[:i+n], s[i+n+1:], true
		}
		i = end
	}
}

// cutPath cuts a text at the first single colon after a path, and gives the path without doubled colons.
func cutPath(s string) (path, tag string, found bool) {
	for i := len(drive(s)); i < len(s); i++ {
		switch {
		case s[i] != ':':
		case strings.HasPrefix(s[i:], "::"):
			i++
		default:
			return singleColons(s[:i]), s[i+1:], true
		}
	}
	return singleColons(s), "", false
}

func singleColons(path string) string {
	d := drive(path)
	return d + strings.ReplaceAll(path[len(d):], "::", ":")
}

// pathText is a path as cutPath and cutDigest read it.
func pathText(path string) string {
	d := drive(path)
	text := d + strings.ReplaceAll(path[len(d):], ":", "::")
	if strings.HasSuffix(text, strings.TrimSuffix(digestMark, ":")) {
		text += "/." // or the colon of a tag would make a digest of the end
	}
	return text
}

// drive is the drive at the start of a path, such as C: in C:\dir and C:/dir.
func drive(path string) string {
	if len(path) > 2 && path[0] != ':' && path[1] == ':' && (path[2] == '\\' || path[2] == '/') {
		return path[:2]
	}
	return ""
}
