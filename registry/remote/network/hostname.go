package network

import (
	"net"
	"slices"
	"strings"
)

// ContainsHost reports whether a list holds a host. It ignores the ports 80 and 443.
func ContainsHost(list []string, host string) bool {
	return slices.ContainsFunc(list, func(entry string) bool { return sameHost(entry, host) })
}

func sameHost(a, b string) bool {
	bare := func(host string) string {
		return strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(host), ":443"), ":80")
	}
	return bare(a) == bare(b)
}

// Hostname returns a host without its port and brackets.
func Hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.Trim(host, "[]")
}

// IsLoopback reports whether a host name means this machine.
func IsLoopback(hostname string) bool {
	hostname = strings.ToLower(hostname)
	ip := net.ParseIP(hostname)
	return hostname == "localhost" || strings.HasSuffix(hostname, ".localhost") || ip != nil && ip.IsLoopback()
}
