"""The panel `cluster_review`: where a person turns clusters into labels."""
