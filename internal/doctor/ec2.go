package doctor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
)

// ec2 asks EC2 by its query API. The SDK's client for it takes three gigabytes of
// memory to compile, for three questions.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html
func ec2(ctx context.Context, c aws.Config, action string, answer any) error {
	endpoint := aws.ToString(c.BaseEndpoint)
	if endpoint == "" {
		endpoint = "https://ec2." + c.Region + ".amazonaws.com"
		if strings.HasPrefix(c.Region, "cn-") {
			endpoint += ".cn"
		}
	}
	body := url.Values{"Action": {action}, "Version": {"2016-11-15"}}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/", strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	credentials, err := c.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(ctx, credentials, request, hex.EncodeToString(digest[:]), "ec2", c.Region, time.Now()); err != nil {
		return err
	}
	client := c.HTTPClient
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, 16<<20))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		var refusal struct {
			Errors []struct{ Code, Message string } `xml:"Errors>Error"`
		}
		if xml.Unmarshal(data, &refusal) == nil && len(refusal.Errors) > 0 {
			return &smithy.GenericAPIError{Code: refusal.Errors[0].Code, Message: refusal.Errors[0].Message}
		}
		return fmt.Errorf("%s: got status %s", action, response.Status)
	}
	return xml.Unmarshal(data, answer)
}
