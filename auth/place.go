package auth

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// A configPlace is a possible place of a config with credentials.
type configPlace struct {
	path     string
	required bool
	text     string // the config itself; path is then the name of its variable
	home     string
	// containers: the file is one of podman and skopeo, unless it has the name of docker's.
	containers bool
	// podmans: podman's own file, which new logins do not go into.
	podmans bool
}

// configPlaces returns the places in the order of search: those of the user, docker's, podman's
// (containers-auth.json(5)).
func configPlaces(o Options) []configPlace {
	home := o.Getenv("HOME")
	if home == "" {
		home = o.Getenv("USERPROFILE") // Windows
	}
	switch {
	case o.AuthFile != "":
		return []configPlace{{path: o.AuthFile, required: true, home: home, containers: true}}
	case o.DockerConfig != "":
		return []configPlace{{path: o.DockerConfig, required: true, home: home}}
	}
	var places []configPlace
	add := func(base string, rest ...string) {
		if base != "" {
			places = append(places, configPlace{path: filepath.Join(append([]string{base}, rest...)...), home: home})
		}
	}
	if text := o.Getenv("DOCKER_AUTH_CONFIG"); text != "" {
		places = append(places, configPlace{path: "$DOCKER_AUTH_CONFIG", text: text})
	}
	if file := o.Getenv("REGISTRY_AUTH_FILE"); file != "" {
		places = append(places, configPlace{path: filepath.Clean(file), home: home, containers: true})
	}
	if dir := o.Getenv("DOCKER_CONFIG"); dir != "" {
		add(dir, dockerFile)
	} else {
		add(home, ".docker", dockerFile)
	}
	docker := len(places)
	if dir := o.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		add(dir, "containers", podmanFile)
	} else if runtime.GOOS == "linux" {
		add(fmt.Sprintf("/run/containers/%d/auth.json", os.Getuid()))
	}
	if dir := o.Getenv("XDG_CONFIG_HOME"); dir != "" {
		add(dir, "containers", podmanFile)
	} else {
		add(home, ".config", "containers", podmanFile)
	}
	for i := range places[docker:] {
		places[docker+i].podmans = true
	}
	return places
}

// shown returns the path of a file for messages, with ~ for the home directory.
func (p configPlace) shown(path string) string {
	if rest, ok := strings.CutPrefix(path, p.home+string(filepath.Separator)); ok && p.home != "" {
		return "~" + string(filepath.Separator) + rest
	}
	return path
}
