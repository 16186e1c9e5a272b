package spec

import (
	"fmt"
	"strconv"
	"strings"
)

// maxName is how long the name of a repository may be with its host (github.com/distribution/reference).
const maxName = 255

// transports are words of other tools for places that are not read here, with the way around
// (containers-transports(5)).
var transports = map[string]string{
	"dir":                "skopeo copy %s oci:DIR makes a folder that oci-layout:DIR reads",
	"docker-daemon":      "docker save -o FILE makes a file that docker-archive:FILE reads",
	"containers-storage": "podman save --format oci-archive -o FILE makes a file that oci-archive:FILE reads",
	"ostree":             "skopeo copy %s oci:DIR makes a folder that oci-layout:DIR reads",
	"sif":                "skopeo copy %s oci:DIR makes a folder that oci-layout:DIR reads",
	"tarball":            "skopeo copy %s oci:DIR makes a folder that oci-layout:DIR reads",
}

// checkMistaken finds what is no name of an image on a registry, but could be read as one, and says what it is.
// Otherwise it would be an official image of Docker Hub, of which none has a name like that.
func checkMistaken(s string) error {
	for _, check := range []func(string) error{checkTransport, checkPath, checkLength, checkSlashInTag, checkHostAlone} {
		if err := check(s); err != nil {
			return err
		}
	}
	return nil
}

// checkTransport finds the places of other tools. With a port and a slash, the word is a host.
func checkTransport(s string) error {
	word, rest, _ := strings.Cut(s, ":")
	way, known := transports[word]
	port, _, slash := strings.Cut(rest, "/")
	if !known || rest == "" || slash && isPort(port) {
		return nil
	}
	if strings.Contains(way, "%s") {
		way = fmt.Sprintf(way, s)
	}
	return fmt.Errorf("image %q: the prefix %s: works in skopeo and podman only: %s", s, word, way)
}

// checkPath finds the path of a folder or a file.
func checkPath(s string) error {
	if strings.HasPrefix(s, "/") {
		return fmt.Errorf("image %q: the name begins with a slash: is the variable for the host not set? For a path, %s", s, writePath)
	}
	for _, prefix := range []string{"./", "../", "~/", `.\`, `..\`, `\`, drive(s)} {
		if prefix != "" && strings.HasPrefix(s, prefix) || s == "." || s == ".." {
			return fmt.Errorf("image %q: the name is a path: %s", s, writePath)
		}
	}
	for _, suffix := range []string{".tar", ".tar.gz", ".tgz"} {
		if strings.HasSuffix(s, suffix) && !strings.ContainsAny(s, ":/") {
			return fmt.Errorf("image %q: the name is a file: use docker-archive:%[1]s or oci-archive:%[1]s", s)
		}
	}
	return nil
}

const writePath = "use oci-layout:DIR, oci-archive:FILE or docker-archive:FILE"

// checkLength finds names that no registry takes.
func checkLength(s string) error {
	name, _, _ := strings.Cut(s, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name = name[:i]
	}
	if len(name) <= maxName {
		return nil
	}
	return fmt.Errorf("image \"%.40s…\": the name has %d characters; the limit is %d", name, len(name), maxName)
}

// checkSlashInTag finds the name of a branch in the place of a tag. A colon before a slash is that of a port.
func checkSlashInTag(s string) error {
	name, _, _ := strings.Cut(s, "@")
	for from := 0; ; {
		i := strings.IndexByte(name[from:], ':')
		if i < 0 {
			return nil
		}
		i += from
		tag := name[i+1:]
		first, _, slash := strings.Cut(tag, "/")
		isHost := !strings.Contains(name[:i], "/") && (isPort(first) || strings.ContainsAny(name[:i], ".[") || name[:i] == "localhost")
		if slug := strings.ReplaceAll(tag, "/", "-"); slash && !isHost && CheckTag(slug) == nil {
			return fmt.Errorf("image %q: tag %q: a tag cannot contain \"/\": use %s", s, tag, slug)
		}
		from = i + 1
	}
}

// checkHostAlone finds a host without a repository.
func checkHostAlone(s string) error {
	name := strings.TrimSuffix(s, "/")
	host, port, tagged := strings.Cut(name, ":")
	isHost := host == "localhost" || strings.Contains(host, ".")
	switch {
	case strings.ContainsAny(name, "/@["), !isHost, tagged && !isPort(port):
		return nil
	}
	return fmt.Errorf("image %q: the repository after the host is missing: use %s/REPOSITORY", s, name)
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0 && s[0] != '0'
}
