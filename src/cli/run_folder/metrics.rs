//! A run's epochs as files that other tools read.

use crate::train::checkpoint::EpochMetrics;
use anyhow::Result;

/// One JSON object a line.
pub fn lines(epochs: &[EpochMetrics]) -> Result<Vec<u8>> {
    let lines: Vec<String> = epochs.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    Ok((lines.join("\n") + "\n").into_bytes())
}

/// Comma-separated values (RFC 4180) below their names. What was not measured is empty.
pub fn table(epochs: &[EpochMetrics]) -> String {
    let row = |of: &EpochMetrics| {
        let EpochMetrics { epoch, loss, seconds, images_per_second, .. } = of;
        let test_loss = of.test_loss.map_or(String::new(), |loss| loss.to_string());
        // The only text: within quotes a quote is written twice.
        let device = of.device.replace('"', "\"\"");
        format!("{epoch},{loss},{test_loss},{seconds},{images_per_second},\"{device}\"\n")
    };
    let names = "epoch,loss,test_loss,seconds,images_per_second,device\n".to_string();
    names + &epochs.iter().map(row).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_row_an_epoch_and_quotes_what_it_must() {
        let epoch = |epoch, test_loss| EpochMetrics {
            epoch,
            loss: 0.25,
            test_loss,
            seconds: 2.0,
            images_per_second: 1.5,
            device: "CPU, 2 threads".into(),
        };
        let table = table(&[epoch(1, None), epoch(2, Some(0.5))]);
        let rows = ["epoch,loss,test_loss,seconds,images_per_second,device"]
            .into_iter()
            .chain(["1,0.25,,2,1.5,\"CPU, 2 threads\"", "2,0.25,0.5,2,1.5,\"CPU, 2 threads\""]);
        assert_eq!(table.lines().collect::<Vec<_>>(), rows.collect::<Vec<_>>());
    }
}
