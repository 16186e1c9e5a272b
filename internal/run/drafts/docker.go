package drafts

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/spec"
)

// dockerFolder is the folder of the drafts of docker manifest, or "" if it is not known.
func dockerFolder(getenv func(string) string) string {
	switch config, home := getenv("DOCKER_CONFIG"), getenv("HOME"); {
	case config != "":
		return filepath.Join(config, "manifests")
	case home != "":
		return filepath.Join(home, ".docker", "manifests")
	}
	return ""
}

// ReadDocker returns the files of a draft of docker manifest, one for each image, in the order in which docker pushes the
// images. Without such a draft, the error is [fs.ErrNotExist].
func ReadDocker(list spec.Reference, getenv func(string) string) (files [][]byte, folder string, err error) {
	dir := dockerFolder(getenv)
	if dir == "" || list.Place.Kind != spec.Registry {
		return nil, dir, fs.ErrNotExist
	}
	folder = filepath.Join(dir, spec.DockerDraftFolder(list))
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, folder, err
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, folder, err
	}
	for _, e := range entries {
		if len(files) == spec.MaxEntries {
			return nil, folder, output.Usagef("%s has more than %d images, which is the limit", folder, spec.MaxEntries)
		}
		raw, err := readDockerFile(root, e.Name())
		if err != nil {
			return nil, folder, err
		}
		files = append(files, raw)
	}
	if len(files) == 0 {
		err = fs.ErrNotExist
	}
	return files, folder, err
}

// maxDockerFile is the largest file of docker that is read. The file has the manifest of the image in it, twice.
const maxDockerFile = 16 << 20

func readDockerFile(root *os.Root, name string) ([]byte, error) {
	if err := regular(root, name); err != nil {
		return nil, err
	}
	raw, err := readUpTo(root, name, maxDockerFile)
	switch {
	case err != nil:
		return nil, err
	case len(raw) > maxDockerFile:
		return nil, output.Usagef("%s is larger than the limit of %d MiB", filepath.Join(root.Name(), name), maxDockerFile>>20)
	}
	return raw, nil
}
