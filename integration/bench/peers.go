package main

import (
	"fmt"
	"strings"
)

// How each tool is told to do a job, in its own best way: one process where one can do it.

func pushOurs(t tool, j job) ([][]string, error) {
	spec, err := j.spec(j)
	return [][]string{t.line(when(!j.tls, "--plain-http"), "push", "from-spec", spec)}, err
}

func inspectOurs(t tool, j job) ([][]string, error) {
	return [][]string{t.line(when(!j.tls, "--plain-http"), "inspect", "--config", "--format", "json", j.index)}, nil
}

// pushV2: its target has to be on the registry of the sources.
func pushV2(t tool, j job) ([][]string, error) {
	if len(j.hosts) > 1 {
		return nil, nil
	}
	spec, err := j.spec(j)
	return [][]string{t.line(when(!j.tls, "--plain-http"), "push", "--type", "oci", "from-spec", spec)}, err
}

func inspectV2(t tool, j job) ([][]string, error) {
	return [][]string{t.line(when(!j.tls, "--plain-http"), "inspect", "--raw", "--expand-config", j.index)}, nil
}

// pushCrane: a process for each further tag. It takes loopback for plain http by itself, after a try.
func pushCrane(t tool, j job) ([][]string, error) {
	target := j.target + ":" + j.tags[0]
	lines := [][]string{t.line("index", "append", each("-m", j.refs()), "-t", target)}
	for _, tag := range j.tags[1:] {
		lines = append(lines, t.line("tag", target, tag))
	}
	return lines, nil
}

// inspectCrane: no command reads the configs of all that is in an index; nor has regctl or oras one.
func inspectCrane(t tool, j job) ([][]string, error) {
	lines := [][]string{t.line("manifest", j.index)}
	for _, digest := range j.digests {
		lines = append(lines, t.line("config", repository(j.index)+"@"+digest))
	}
	return lines, nil
}

func regctlHosts(j job) []string {
	var args []string
	for _, host := range j.hosts {
		value := "reg=" + host
		if !j.tls {
			value += ",tls=disabled"
		}
		if j.auth {
			value += ",user=" + user + ",pass=" + password
		}
		args = append(args, "--host", value)
	}
	return args
}

func pushRegctl(t tool, j job) ([][]string, error) {
	target := j.target + ":" + j.tags[0]
	lines := [][]string{t.line(regctlHosts(j), "index", "create", target, each("--ref", j.refs()))}
	for _, tag := range j.tags[1:] {
		lines = append(lines, t.line(regctlHosts(j), "image", "copy", target, j.target+":"+tag))
	}
	return lines, nil
}

func inspectRegctl(t tool, j job) ([][]string, error) {
	lines := [][]string{t.line(regctlHosts(j), "manifest", "get", "--format", "raw-body", j.index)}
	for _, digest := range j.digests {
		lines = append(lines, t.line(regctlHosts(j), "image", "config", repository(j.index)+"@"+digest))
	}
	return lines, nil
}

// pushOras: what an index names has to be in its repository, so it is copied there first.
func pushOras(t tool, j job) ([][]string, error) {
	var lines [][]string
	var names []string
	for i, ref := range j.refs() {
		if j.oneRepository() {
			names = append(names, strings.TrimPrefix(ref, j.target+":"))
			continue
		}
		names = append(names, fmt.Sprint("child-", i))
		lines = append(lines, t.line("cp", when(!j.tls, "--from-plain-http", "--to-plain-http"), ref, j.target+":"+names[i]))
	}
	target := j.target + ":" + strings.Join(j.tags, ",")
	return append(lines, t.line("manifest", "index", "create", when(!j.tls, "--plain-http"), target, names)), nil
}

func inspectOras(t tool, j job) ([][]string, error) {
	plain := when(!j.tls, "--plain-http")
	lines := [][]string{t.line("manifest", "fetch", plain, j.index)}
	for _, digest := range j.digests {
		lines = append(lines, t.line("manifest", "fetch-config", plain, repository(j.index)+"@"+digest))
	}
	return lines, nil
}
