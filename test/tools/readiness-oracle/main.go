// Says where objects stand, as Helm 4 does: by kstatus, or with the rules of Helm 3. One JSON object a line in, one a line out.
//
//	{"rules":"kstatus","object":{…}}                                → {"status":"InProgress","message":"Ready: 0/1"}
//	{"rules":"legacy","jobs":true,"object":{…},"others":[{…}]}      → {"ready":false} or {"error":…}
//
// `others` are ReplicaSets and Pods that the rules may look at.
package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"helm.sh/helm/v4/pkg/kube"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/kubernetes/scheme"
	"slipway.test/shared/oracle"
)

type question struct {
	Rules  string            `json:"rules"`
	Jobs   bool              `json:"jobs"`
	Object json.RawMessage   `json:"object"`
	Others []json.RawMessage `json:"others"`
}

func typed(raw json.RawMessage) (runtime.Object, error) {
	object, _, err := scheme.Codecs.UniversalDeserializer().Decode(raw, nil, nil)
	return object, err
}

// Objects that no server would store make Helm panic.
func answer(asked question) (out map[string]any) {
	defer func() {
		if caught := recover(); caught != nil {
			out = map[string]any{"panic": fmt.Sprint(caught)}
		}
	}()
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(asked.Object); err != nil {
		return map[string]any{"error": err.Error()}
	}
	if asked.Rules == "kstatus" {
		result, err := status.Compute(u)
		if err != nil {
			return map[string]any{"error": err.Error()}
		}
		return map[string]any{"status": result.Status, "message": result.Message}
	}
	object, err := typed(asked.Object)
	if err != nil {
		return map[string]any{"error": "decode: " + err.Error()}
	}
	all := []runtime.Object{object}
	for _, raw := range asked.Others {
		other, err := typed(raw)
		if err != nil {
			return map[string]any{"error": "decode: " + err.Error()}
		}
		all = append(all, other)
	}
	checker := kube.NewReadyChecker(fake.NewClientset(all...), kube.CheckJobs(asked.Jobs), kube.PausedAsReady(true))
	info := &resource.Info{Namespace: u.GetNamespace(), Name: u.GetName(), Object: object}
	ready, err := checker.IsReady(context.Background(), info)
	if err != nil {
		return map[string]any{"ready": ready, "error": err.Error()}
	}
	return map[string]any{"ready": ready}
}

func main() { oracle.Serve(answer) }
