// Package network connects to the hosts of one registry: the registry itself, and the hosts that the registry
// names in redirects and challenges.
//
// A [Network] has one transport for each host, because the trusted certificates and the client certificates depend
// on the host. It checks an address when it connects to it: a registry cannot make the program connect to an address
// that is closer to the program than the registry is (see [Reach]). It knows the proxies between, and verifies
// certificates also where --insecure accepts them all, to warn of those that are not valid.
package network
