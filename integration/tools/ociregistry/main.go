// Command ociregistry serves the registries of the module cuelabs.dev/go/oci/ociregistry. Each argument is
// MODE=ADDRESS. The modes memory, read-only and immutable share their content.
package main

import (
	"log"
	"net"
	"net/http"
	"os"
	"strings"

	"cuelabs.dev/go/oci/ociregistry"
	"cuelabs.dev/go/oci/ociregistry/ocifilter"
	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"
	"cuelabs.dev/go/oci/ociregistry/ociunify"
)

func main() {
	memory := ocimem.New()
	modes := map[string]ociregistry.Interface{
		"memory":    memory,
		"read-only": ocifilter.ReadOnly(memory),
		"immutable": ocifilter.Immutable(memory),
		"unify":     ociunify.New(ocimem.New(), ocimem.New(), nil),
	}
	for _, argument := range os.Args[1:] {
		mode, address, _ := strings.Cut(argument, "=")
		listener, err := net.Listen("tcp", address)
		if err != nil || modes[mode] == nil {
			log.Fatalf("%s: an argument is MODE=ADDRESS: %v", argument, err)
		}
		go func() { log.Fatal(http.Serve(listener, ociserver.New(modes[mode], nil))) }()
	}
	select {}
}
