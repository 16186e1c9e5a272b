package integration

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

const nodeName = "loopback"

// A kubeNode is a node without containers: it runs the pods of one namespace as processes of our program, and reports their
// ends as a kubelet does. It takes every pod that no node has, so no scheduler is needed.
type kubeNode struct {
	t       *testing.T
	api     *kubeAPI
	program string

	mu   sync.Mutex
	pods map[string]*podProcess // by UID
	done sync.WaitGroup
}

// startNode runs a node until the test ends.
func startNode(t *testing.T, api *kubeAPI) *kubeNode {
	t.Helper()
	n := &kubeNode{t: t, api: api, program: binary(t), pods: map[string]*podProcess{}}
	ready := []map[string]string{{"type": "Ready", "status": "True"}}
	node := map[string]any{"metadata": map[string]any{"name": nodeName}, "status": map[string]any{"conditions": ready}}
	if err := api.do(t.Context(), http.MethodPost, "/api/v1/nodes", node, nil); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	n.done.Go(func() { n.loop(ctx) })
	t.Cleanup(func() {
		stop()
		for _, p := range n.all() {
			p.signal(syscall.SIGKILL)
		}
		n.done.Wait()
	})
	return n
}

func (n *kubeNode) loop(ctx context.Context) {
	for ctx.Err() == nil {
		var list struct{ Items []kubePod }
		if err := n.api.do(ctx, http.MethodGet, podsPath, nil, &list); err != nil && ctx.Err() == nil {
			n.t.Error(err)
		}
		for _, pod := range list.Items {
			if err := n.care(ctx, pod); err != nil && ctx.Err() == nil {
				n.t.Error(err)
			}
		}
		for _, p := range n.running() {
			p.sample()
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// care does the next thing for a pod: takes it, starts it, stops it, or lets it go.
func (n *kubeNode) care(ctx context.Context, pod kubePod) error {
	n.mu.Lock()
	p := n.pods[pod.Metadata.UID]
	n.mu.Unlock()
	path := podsPath + "/" + pod.Metadata.Name
	switch {
	case pod.Metadata.DeletionTimestamp != "" && p != nil && !p.reported():
		p.signal(syscall.SIGTERM)
		return nil
	case pod.Metadata.DeletionTimestamp != "":
		err := n.api.do(ctx, http.MethodDelete, path, map[string]any{"gracePeriodSeconds": 0}, nil)
		if e, ok := err.(*kubeError); ok && e.status == http.StatusNotFound {
			return nil
		}
		return err
	case pod.Spec.NodeName == "":
		return n.api.do(ctx, http.MethodPost, path+"/binding", map[string]any{
			"metadata": map[string]string{"name": pod.Metadata.Name},
			"target":   map[string]string{"kind": "Node", "name": nodeName},
		}, nil)
	case pod.Status.Phase == "Pending" && p == nil:
		return n.run(ctx, pod)
	}
	return nil
}

// run starts a pod, and reports its end when it comes.
func (n *kubeNode) run(ctx context.Context, pod kubePod) error {
	p, err := n.prepare(ctx, pod)
	if err != nil {
		return err
	}
	if err := p.start(); err != nil {
		return err
	}
	n.mu.Lock()
	n.pods[pod.Metadata.UID] = p
	n.mu.Unlock()
	if err := n.report(ctx, p, "Running", map[string]any{"running": map[string]any{"startedAt": now()}}); err != nil {
		return err
	}
	n.done.Go(func() {
		p.wait()
		phase, reason := "Succeeded", "Completed"
		if p.code != 0 {
			phase, reason = "Failed", "Error"
		}
		state := map[string]any{"exitCode": p.code, "reason": reason, "startedAt": now(), "finishedAt": now()}
		if err := n.report(ctx, p, phase, map[string]any{"terminated": state}); err != nil && ctx.Err() == nil {
			n.t.Error(err)
		}
		close(p.told)
	})
	return nil
}

func (n *kubeNode) report(ctx context.Context, p *podProcess, phase string, state map[string]any) error {
	container := p.pod.Spec.Containers[0]
	status := map[string]any{"phase": phase, "containerStatuses": []map[string]any{{
		"name": container.Name, "image": container.Image, "imageID": "", "state": state,
		"ready": phase == "Running", "restartCount": 0,
	}}}
	path := podsPath + "/" + p.pod.Metadata.Name + "/status"
	return n.api.do(ctx, http.MethodPatch, path, map[string]any{"status": status}, nil)
}

func now() string { return time.Now().UTC().Format(time.RFC3339) }

// all are the pods that the node has run, in the order of their starts.
func (n *kubeNode) all() (pods []*podProcess) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.pods {
		pods = append(pods, p)
	}
	slices.SortFunc(pods, func(a, b *podProcess) int { return a.began.Compare(b.began) })
	return pods
}

// running are the pods whose processes have not ended, by the index in their Job.
func (n *kubeNode) running() map[string]*podProcess {
	found := map[string]*podProcess{}
	for _, p := range n.all() {
		if !p.ended() {
			found[p.index()] = p
		}
	}
	return found
}

// of are the pods of one Job.
func (n *kubeNode) of(job string) (pods []*podProcess) {
	for _, p := range n.all() {
		if p.pod.Metadata.Labels["batch.kubernetes.io/job-name"] == job {
			pods = append(pods, p)
		}
	}
	return pods
}
