package integration

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
)

// mount writes the volumes of a pod, which only root may change, below root.
func (n *kubeNode) mount(ctx context.Context, pod kubePod, root string) error {
	files := map[string]map[string][]byte{}
	for _, volume := range pod.Spec.Volumes {
		var err error
		if files[volume.Name], err = n.volume(ctx, volume); err != nil {
			return err
		}
	}
	for _, mount := range pod.Spec.Containers[0].VolumeMounts {
		if err := project(filepath.Join(root, mount.MountPath), files[mount.Name]); err != nil {
			return err
		}
	}
	return nil
}

func (n *kubeNode) volume(ctx context.Context, volume kubeVolume) (map[string][]byte, error) {
	files := map[string][]byte{}
	var object struct{ Data map[string]string }
	switch {
	case volume.ConfigMap != nil:
		err := n.api.do(ctx, http.MethodGet, corePath+"/configmaps/"+volume.ConfigMap.Name, nil, &object)
		for name, text := range object.Data {
			files[name] = []byte(text)
		}
		return files, err
	case volume.Secret != nil:
		err := n.api.do(ctx, http.MethodGet, corePath+"/secrets/"+volume.Secret.SecretName, nil, &object)
		for _, item := range volume.Secret.Items {
			raw, decodeErr := base64.StdEncoding.DecodeString(object.Data[item.Key])
			files[item.Path], err = raw, errors.Join(err, decodeErr)
		}
		return files, err
	}
	return nil, fmt.Errorf("volume %s: the node has ConfigMaps and Secrets only", volume.Name)
}

// project writes files as a kubelet does, so that all change at once: they are links into a hidden folder.
func project(dir string, files map[string][]byte) error {
	const version = "..2026_11_27_00_00_00.1"
	if err := os.MkdirAll(filepath.Join(dir, version), 0o755); err != nil {
		return err
	}
	errs := []error{os.Symlink(version, filepath.Join(dir, "..data"))}
	for name, content := range files {
		errs = append(errs, os.WriteFile(filepath.Join(dir, version, name), content, 0o644),
			os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)))
	}
	return errors.Join(errs...)
}
