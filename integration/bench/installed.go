package main

import "fmt"

// How the tools are told that are installed, or not. They are made for a daemon or a store of their own.

// pushDocker: its target has to be on the registry of the sources. With tokens it asks for one for
// each blob, over TLS it is no other than without: minutes that tell nothing new.
func pushDocker(t tool, j job) ([][]string, error) {
	if len(j.hosts) > 1 || j.auth || j.tls {
		return nil, nil
	}
	var lines [][]string
	for _, tag := range j.tags {
		target := j.target + ":" + tag
		lines = append(lines,
			t.line("manifest", "create", "--insecure", target, j.refs()),
			t.line("manifest", "push", "--insecure", "--purge", target))
	}
	return lines, nil
}

func inspectDocker(t tool, j job) ([][]string, error) {
	return [][]string{t.line("manifest", "inspect", "--insecure", "--verbose", j.index)}, nil
}

func pushBuildx(t tool, j job) ([][]string, error) {
	var targets []string
	for _, tag := range j.tags {
		targets = append(targets, j.target+":"+tag)
	}
	return [][]string{t.line("imagetools", "create", each("-t", targets), j.refs())}, nil
}

func inspectBuildx(t tool, j job) ([][]string, error) {
	return [][]string{t.line("imagetools", "inspect", "--format", "{{json .}}", j.index)}, nil
}

// pushPodman uses a store of its own. It keeps no connection, which makes it slow enough without tokens
// and TLS. Images of the repository that is pushed to need no copy.
func pushPodman(t tool, j job) ([][]string, error) {
	if j.auth || j.tls {
		return nil, nil
	}
	store := []string{"--root", j.dir + "/root", "--runroot", j.dir + "/runroot", "--storage-driver", "vfs"}
	var sources []string
	for _, ref := range j.refs() {
		sources = append(sources, "docker://"+ref)
	}
	list := j.target + ":" + j.tags[0]
	lines := [][]string{t.line(store, "manifest", "create", list, sources)}
	for _, tag := range j.tags {
		all := fmt.Sprintf("--all=%t", !j.oneRepository())
		lines = append(lines, t.line(store, "manifest", "push", "--tls-verify=false", all, list, "docker://"+j.target+":"+tag))
	}
	return lines, nil
}
