// Command images makes the container images of a release in an OCI layout, without a container engine:
//
//	images [flags]
//
// It puts the binaries of a release (see .goreleaser.yaml) into one image for each platform, and lets manifest-tool
// assemble these images into one index for each variant. The same binaries, version and time have the same bytes.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// An options says what the images are made of, and where they go.
type options struct {
	release     string    // the folder of a release, which has binaries/ and metadata.json
	out         string    // the folder of the layouts
	tool        string    // the manifest-tool that assembles
	mirrors     []string  // the Debian mirrors, in the order in which they are tried
	debs        string    // the folder that keeps downloaded packages
	ca          string    // a file of CA certificates, instead of Debian's
	windowsBase string    // an OCI layout with Windows images, or empty
	variants    []string  // scratch, shell
	platforms   []string  // empty: all
	created     time.Time // the time of all files and images
}

func main() {
	log.SetFlags(0)
	o, err := parse()
	if err != nil {
		log.Fatalf("images: %v", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		log.Fatalf("images: %v", err)
	}
}

func parse() (options, error) {
	var o options
	var variants, platforms, mirrors string
	flag.StringVar(&o.release, "release", "dist/release", "`DIR` of the release: binaries/ and metadata.json")
	flag.StringVar(&o.out, "out", "dist/images", "`DIR` to write to")
	flag.StringVar(&o.tool, "tool", "./manifest-tool", "`FILE` of the manifest-tool that assembles the images")
	flag.StringVar(&mirrors, "mirrors", defaultMirrors, "`LIST` of Debian mirrors; each package is checked by its SHA-256")
	flag.StringVar(&o.debs, "debs", "dist/debs", "`DIR` that keeps the packages of Debian")
	flag.StringVar(&o.ca, "ca", "", "`FILE` of CA certificates, instead of those of Debian")
	flag.StringVar(&o.windowsBase, "windows-base", "", "OCI layout `DIR` with Windows images; the scratch variant gets an image on each")
	flag.StringVar(&variants, "variants", "scratch,shell", "`LIST` of scratch, shell")
	flag.StringVar(&platforms, "platforms", "", "`LIST` of platforms (default all)")
	flag.Parse()
	if flag.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", flag.Arg(0))
	}
	o.variants, o.platforms, o.mirrors = list(variants), list(platforms), list(mirrors)
	var err error
	o.created, err = sourceTime()
	return o, err
}

func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' })
}

// run makes all variants in one layout. It starts with an empty folder, so that nothing of an older run remains.
func run(ctx context.Context, o options) error {
	build, err := readBuild(o.release)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(o.out); err != nil {
		return err
	}
	for _, variant := range o.variants {
		v, err := makeVariant(ctx, o, build, variant)
		if err != nil {
			return err
		}
		if err := assemble(ctx, o, build, v); err != nil {
			return err
		}
	}
	return os.RemoveAll(filepath.Join(o.out, "parts"))
}
