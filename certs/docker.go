package certs

import (
	"encoding/json"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
)

// InsecureAtDocker tells in which of docker's settings a host is listed as insecure, if in any. It is
// for hints only: docker's settings are not ours.
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

// covers tells whether an entry, a host or a block of addresses, is about a host.
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
