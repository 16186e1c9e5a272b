package certs

import (
	"encoding/json"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
)

// InsecureAtDocker returns the settings file of docker that lists a host as insecure, if there is one. It is only
// for hints: this program does not use docker's settings.
func InsecureAtDocker(host string, o Options) (file string, ok bool) {
	for _, folder := range folders(o) {
		if filepath.Base(filepath.Dir(folder)) == "containers" {
			continue
		}
		file := filepath.Join(filepath.Dir(folder), "daemon.json")
		raw, err := readFile(file)
		var settings struct {
			Insecure []string `json:"insecure-registries"`
		}
		if err != nil || json.Unmarshal(raw, &settings) != nil {
			continue
		}
		if slices.ContainsFunc(settings.Insecure, func(entry string) bool { return covers(entry, host) }) {
			return file, true
		}
	}
	return "", false
}

// covers reports whether an entry, a host or a block of addresses, includes a host.
func covers(entry, host string) bool {
	if entry == host {
		return true
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	block, err := netip.ParsePrefix(entry)
	addr, addrErr := netip.ParseAddr(host)
	return err == nil && addrErr == nil && block.Contains(addr.Unmap())
}
